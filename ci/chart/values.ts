import { isMap, isNode, isScalar, parse, parseDocument, type Pair, type YAMLMap } from 'yaml'

/** A value of the chart as `values.yaml` says it: with the comments above it. */
export interface Value {
  /** With dots, such as `launcher.image.tag`. */
  readonly path: string
  readonly key: string
  /** What `values.yaml` has; of a group, an object of its members' defaults. */
  readonly byDefault: unknown
  /** What `@schema` says beside the default. */
  readonly schema: Readonly<Record<string, unknown>>
  /** What follows `# --`, or empty. */
  readonly doc: string
  /** The last `@section` before it. */
  readonly section: string
  /** Members of a group; empty for a value. */
  readonly members: readonly Value[]
}

/** Reads `values.yaml` with its comments. */
export function readValues(text: string): Value[] {
  const document = parseDocument(text)
  if (document.errors[0]) throw document.errors[0]
  if (!isMap(document.contents)) throw new Error('values.yaml: expected a map')
  const walk = { section: '' }
  return membersOf(document.contents as Entries, '', walk)
}

/** All values that are not groups, in their order. */
export function leavesOf(values: readonly Value[]): Value[] {
  return values.flatMap((value) => (value.members.length > 0 ? leavesOf(value.members) : [value]))
}

type Entries = YAMLMap<unknown, unknown>

interface Walk {
  section: string
}

function membersOf(map: Entries, prefix: string, walk: Walk): Value[] {
  return map.items.map((pair, index) => {
    const above = commentOf(pair) || (index === 0 ? (map.commentBefore ?? '') : '')
    const lines = above.split('\n').map((line) => line.trim())
    walk.section = lines.findLast((line) => line.startsWith('@section '))?.slice(9) ?? walk.section
    return valueOf({ pair, lines, prefix, walk })
  })
}

interface Reading {
  readonly pair: Pair
  readonly lines: readonly string[]
  readonly prefix: string
  readonly walk: Walk
}

function valueOf({ pair, lines, prefix, walk }: Reading): Value {
  const key = String(isScalar(pair.key) ? pair.key.value : pair.key)
  const path = prefix ? `${prefix}.${key}` : key
  const doc = lines.find((line) => line.startsWith('-- '))?.slice(3) ?? ''
  const annotation = lines.find((line) => line.startsWith('@schema '))?.slice(8) ?? '{}'
  return {
    path,
    key,
    doc,
    section: walk.section,
    byDefault: isNode(pair.value) ? pair.value.toJSON() : null,
    schema: parse(annotation) as Record<string, unknown>,
    members: isGroup(pair.value, { doc, annotation }) ? membersOf(pair.value, path, walk) : [],
  }
}

/** A map is a group if its members are values of the chart; one whose members are the user's is a value itself. */
function isGroup(value: unknown, comment: { doc: string; annotation: string }): value is Entries {
  if (!isMap(value) || value.items.length === 0) return false
  return comment.doc === '' || comment.annotation.includes('additionalProperties: {}')
}

function commentOf(pair: Pair): string {
  return (isScalar(pair.key) && pair.key.commentBefore) || ''
}
