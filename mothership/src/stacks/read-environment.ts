import type { JobVariable } from '../../../protocol/job.ts'
import { refuseShortSecret } from './short-secret.ts'
import { isList, type Reading } from './reading.ts'
import type { Tree } from './yaml-tree.ts'

const accesses = { ro_: 'read', wo_: 'write' } as const

/** What the kernel takes of one variable (MAX_ARG_STRLEN, 32 pages), with its name and the `=` between. */
const maxBytes = 131_071

/**
 * `environment`: a list of `{name, value, secret}`, or `NAME: value`. A secret is `{name, value, secret: true}` or `{name, secret: value}`,
 * `NAME: {secret: value}` in the map. `ro_` and `wo_` before a name say which jobs see it. No problem quotes a value.
 */
export function readEnvironment(reading: Reading, tree: Tree | undefined): readonly JobVariable[] {
  const found = isList(tree) ? fromList(reading, tree) : fromMap(reading, reading.map(tree, 'environment'))
  const variables = found.flatMap((each) => variableOf(reading, each) ?? [])
  refuseDouble(reading, variables)
  return variables
}

interface Given {
  readonly place: string
  readonly name: string
  readonly value: string
  readonly secret: boolean
}

function fromList(reading: Reading, items: readonly Tree[]): readonly Given[] {
  return items.flatMap((item, index) => {
    const place = `environment[${index}]`
    const fields = reading.fields(item, place, ['name', 'value', 'secret'])
    const name = reading.text(fields.get('name'), `${place}.name`)
    if (name === null) {
      if (!fields.has('name')) reading.refuse(`${place}.name`, 'is missing')
      return []
    }
    return { place, name, ...valueOf(reading, fields, place) }
  })
}

function fromMap(reading: Reading, map: ReadonlyMap<string, Tree>): readonly Given[] {
  return [...map].map(([name, tree]) => {
    const place = `environment.${name.slice(0, 100)}`
    if (!(tree instanceof Map)) return { place, name, value: reading.written(tree, place) ?? '', secret: false }
    return { place, name, ...valueOf(reading, reading.fields(tree, place, ['value', 'secret']), place) }
  })
}

/** With a `value`, `secret` is a flag; alone, it is the value. */
function valueOf(
  reading: Reading,
  fields: ReadonlyMap<string, Tree>,
  place: string,
): { value: string; secret: boolean } {
  if (fields.has('value')) {
    const secret = reading.flag(fields.get('secret'), `${place}.secret`, false)
    return { value: reading.written(fields.get('value'), `${place}.value`) ?? '', secret }
  }
  if (!fields.has('secret')) reading.refuse(`${place}.value`, 'is missing')
  return { value: reading.text(fields.get('secret'), `${place}.secret`) ?? '', secret: true }
}

function variableOf(reading: Reading, given: Given): JobVariable | null {
  const prefix = given.name.slice(0, 3)
  const access = prefix === 'ro_' || prefix === 'wo_' ? accesses[prefix] : 'both'
  const name = access === 'both' ? given.name : given.name.slice(3)
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    reading.refuse(given.place, 'expected a name of letters, digits and _, not beginning with a digit')
    return null
  }
  if (given.value.includes('\0')) reading.refuse(given.place, 'has a NUL in its value, which no environment can hold')
  if (given.secret) refuseShortSecret(reading, given.place, given.value)
  if (Buffer.byteLength(name) + 1 + Buffer.byteLength(given.value) > maxBytes) {
    reading.refuse(given.place, `is longer than ${maxBytes} bytes, which no program can be started with: use a file`)
  }
  return { name, value: given.value, secret: given.secret, access }
}

/** `ro_NAME` beside `wo_NAME` is how a value differs between the two. */
function refuseDouble(reading: Reading, variables: readonly JobVariable[]): void {
  const seen = new Map<string, Set<string>>()
  for (const { name, access } of variables) {
    const before = seen.get(name) ?? new Set()
    if (before.has(access) || before.has('both') || (access === 'both' && before.size > 0)) {
      reading.refuse(`environment.${name}`, 'is given twice')
    }
    seen.set(name, before.add(access))
  }
}
