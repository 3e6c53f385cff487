import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'

/** A YAML value. A scalar keeps how it was written: `1.10` is a number to YAML and a version to its writer. */
export type Tree = Scalar | readonly Tree[] | ReadonlyMap<string, Tree>

/** `text` as it was written, without quotes. */
export interface Scalar {
  readonly value: string | boolean | null
  readonly text: string
}

/** What a YAML text holds, or why it is none. No problem quotes the text: there may be secrets in it. */
export type ParsedYaml =
  | { readonly ok: true; readonly tree: Tree }
  | { readonly ok: false; readonly problems: readonly string[] }

/** Aliases can make a small text a large tree, or one without an end; each is looked up in the whole text, so it counts as a hundred values. */
const maxNodes = 100_000
const maxDepth = 50

/** Largest YAML, in characters. Files that stand in it are limited for themselves. */
const maxLength = 32 * 1024 * 1024

/** Reads a YAML 1.2 document. Total. */
export function parseYaml(text: string): ParsedYaml {
  if (text.length > maxLength) return { ok: false, problems: [`longer than ${maxLength} characters`] }
  const lines = new LineCounter()
  const document = parsed(text, lines)
  if (!document) return { ok: false, problems: ['not YAML that can be read: nested too deeply'] }
  if (document.errors.length > 0) {
    const problems = document.errors.map((error) => {
      const { line, col } = lines.linePos(error.pos[0])
      return `line ${line}, column ${col}: not YAML (${error.code.toLowerCase().replaceAll('_', ' ')})`
    })
    return { ok: false, problems }
  }
  const tree = new Walk(document).treeOf(document.contents)
  if (tree) return { ok: true, tree }
  return { ok: false, problems: [`more than ${maxNodes} values, or more than ${maxDepth} in one another`] }
}

/** The parser calls itself for each level: null if a text without sense or measure ends its stack. */
function parsed(text: string, lineCounter: LineCounter): Document | null {
  try {
    return parseDocument(text, { lineCounter, prettyErrors: false, logLevel: 'silent' })
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

/** Turns nodes into a tree, and gives up beyond a limit: the answer is null then. */
class Walk {
  readonly #document: Document
  #left = maxNodes

  constructor(document: Document) {
    this.#document = document
  }

  treeOf(node: unknown, depth = 0): Tree | null {
    this.#left -= isAlias(node) ? 100 : 1
    if (this.#left < 0 || depth > maxDepth) return null
    if (isAlias(node)) return this.treeOf(node.resolve(this.#document), depth + 1)
    if (isMap(node)) return this.#mapOf(node.items, depth + 1)
    if (isSeq(node)) return this.#listOf(node.items, depth + 1)
    return scalarOf(node)
  }

  #mapOf(pairs: readonly { readonly key: unknown; readonly value: unknown }[], depth: number): Tree | null {
    const map = new Map<string, Tree>()
    for (const pair of pairs) {
      const value = this.treeOf(pair.value, depth)
      if (!value) return null
      map.set(isScalar(pair.key) ? scalarOf(pair.key).text : '?', value)
    }
    return map
  }

  #listOf(items: readonly unknown[], depth: number): Tree | null {
    const list: Tree[] = []
    for (const item of items) {
      const value = this.treeOf(item, depth)
      if (!value) return null
      list.push(value)
    }
    return list
  }
}

function scalarOf(node: unknown): Scalar {
  if (!isScalar(node) || node.value === null || node.value === undefined) return { value: null, text: '' }
  if (typeof node.value === 'string') return { value: node.value, text: node.value }
  const text = node.source ?? JSON.stringify(node.value)
  return { value: typeof node.value === 'boolean' ? node.value : text, text }
}
