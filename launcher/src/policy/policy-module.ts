import { fieldsOf, listOf, parsed, type Fields } from './json.ts'

/** What is to be known of a policy's text beside whether it compiles. */
export interface PolicyModule {
  /** Such as `spacelift`. */
  readonly package: string
  /** Names of its rules and imports: definitions of ours with these names stay away. */
  readonly names: ReadonlySet<string>
  /** Whether it has a rule `deny`. */
  readonly denies: boolean
  /** Whether a rule `deny` is anything else than a set. */
  readonly deniesOddly: boolean
}

/** Reads opa's syntax tree of a policy. Total: what is not there is empty. */
export function policyModule(tree: string): PolicyModule {
  const module = fieldsOf(parsed(tree))
  const heads = listOf(module['rules']).map((rule) => fieldsOf(fieldsOf(rule)['head']))
  const deny = heads.filter((head) => pathOf(head['ref'])[0] === 'deny')
  return {
    package: pathOf(fieldsOf(module['package'])['path']).slice(1).join('.'),
    names: new Set([...heads.flatMap((head) => pathOf(head['ref']).slice(0, 1)), ...importsOf(module)]),
    denies: deny.length > 0,
    deniesOddly: deny.some((head) => !isSet(head)),
  }
}

function importsOf(module: Fields): string[] {
  return listOf(module['imports'])
    .map(fieldsOf)
    .flatMap(({ alias, path }) => (typeof alias === 'string' ? [alias] : pathOf(fieldsOf(path)['value']).slice(-1)))
}

/** The parts of a reference, as far as they are names. */
function pathOf(reference: unknown): string[] {
  return listOf(reference).flatMap((part) => {
    const { value } = fieldsOf(part)
    return typeof value === 'string' ? [value] : []
  })
}

const scalars: readonly unknown[] = ['boolean', 'string', 'number', 'null', 'object', 'array']

/** `deny contains x`, or a rule whose value may be a set; `deny[x]` with a value is an object. */
function isSet(head: Fields): boolean {
  if (listOf(head['ref']).length > 1) return false
  return head['key'] !== undefined || !scalars.includes(fieldsOf(head['value'])['type'])
}
