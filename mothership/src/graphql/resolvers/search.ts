import { Refusal } from '../../base/errors.ts'

export interface SearchInput {
  readonly first?: number | null
  readonly after?: string | null
  readonly fullTextSearch?: string | null
  readonly predicates?: readonly Predicate[] | null
  readonly orderBy?: { readonly field: string; readonly direction: string } | null
}

interface Predicate {
  readonly field: string
  readonly exclude?: boolean | null
  readonly constraint: {
    readonly booleanEquals?: readonly boolean[] | null
    readonly enumEquals?: readonly string[] | null
    readonly stringMatches?: readonly string[] | null
  }
}

type Value = string | number | boolean | readonly string[] | null

/** What can be searched and ordered by, and how it is read off an item. A list matches if one of its members does. */
export type Searchable<T> = Readonly<Record<string, (item: T) => Value | Promise<Value>>>

export interface Page<T> {
  readonly edges: readonly { readonly node: T }[]
  readonly pageInfo: { readonly endCursor: string; readonly hasNextPage: boolean; readonly hasPreviousPage: boolean }
}

const pageSize = 50
const largestPage = 100

/** The items that fit, in order, one page of them. A field that is not in `fields` is refused: ignoring it would answer too much. */
export async function search<T extends { readonly id: string }>(
  items: readonly T[],
  input: SearchInput,
  fields: Searchable<T>,
): Promise<Page<T>> {
  const fitting = await keep(items, (item) => fits(item, input, fields))
  return pageOf(await inOrder(fitting, input.orderBy, fields), input)
}

async function fits<T>(item: T, input: SearchInput, fields: Searchable<T>): Promise<boolean> {
  for (const predicate of input.predicates ?? []) {
    const value = await reader(fields, predicate.field)(item)
    if (matches(value, predicate.constraint) === (predicate.exclude ?? false)) return false
  }
  const words = (input.fullTextSearch ?? '').toLowerCase().split(/\s+/)
  const texts = await Promise.all(['name', 'description', 'label'].map(async (name) => fields[name]?.(item)))
  const text = texts.flat().join('\n').toLowerCase()
  return words.every((word) => text.includes(word))
}

function matches(value: Value, { booleanEquals, enumEquals, stringMatches }: Predicate['constraint']): boolean {
  const values = Array.isArray(value) ? (value as readonly string[]) : [value]
  const some = (wanted: readonly unknown[] | null | undefined, same: (wanted: string, value: string) => boolean) =>
    !wanted || values.some((one) => one !== null && wanted.some((want) => same(String(want), String(one))))
  return (
    some(booleanEquals, (wanted, one) => wanted === one) &&
    some(enumEquals, (wanted, one) => wanted.toLowerCase() === one.toLowerCase()) &&
    some(stringMatches, like)
  )
}

/** Whether a text is the pattern's, in which `*` stands for any text. Without a regular expression: patterns come from outside. */
function like(pattern: string, text: string): boolean {
  const [head = '', ...pieces] = pattern.toLowerCase().split('*')
  const whole = text.toLowerCase()
  const tail = pieces.pop()
  if (tail === undefined) return whole === head
  if (!whole.startsWith(head)) return false
  const end = pieces.reduce((from, piece) => {
    const at = from < 0 ? -1 : whole.indexOf(piece, from)
    return at < 0 ? -1 : at + piece.length
  }, head.length)
  return end >= 0 && whole.length - tail.length >= end && whole.endsWith(tail)
}

async function inOrder<T>(items: readonly T[], order: SearchInput['orderBy'], fields: Searchable<T>): Promise<T[]> {
  if (!order) return [...items]
  if (!/^(asc|desc)$/i.test(order.direction)) {
    throw new Refusal('bad-request', `orderBy.direction must be ASC or DESC, not ${JSON.stringify(order.direction)}`)
  }
  const read = reader(fields, order.field)
  const keyed = await Promise.all(items.map(async (item) => ({ item, key: await read(item) })))
  const sign = /^desc$/i.test(order.direction) ? -1 : 1
  return keyed.sort((one, other) => sign * compare(one.key, other.key)).map(({ item }) => item)
}

function compare(one: Value, other: Value): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other
  return String(one ?? '').localeCompare(String(other ?? ''), 'en')
}

function reader<T>(fields: Searchable<T>, name: string): Searchable<T>[string] {
  const read = Object.hasOwn(fields, name) ? fields[name] : undefined
  if (read) return read
  const known = Object.keys(fields).join(', ')
  throw new Refusal('bad-request', `cannot search by ${JSON.stringify(name)}; known are: ${known}`)
}

/**
 * A cursor is the place and the id of a page's last item. If the item is gone when the next page is asked for, the place is what is
 * left to go on from.
 */
function pageOf<T extends { readonly id: string }>(items: readonly T[], { first, after }: SearchInput): Page<T> {
  const start = after ? startAfter(items, after) : 0
  const nodes = items.slice(start, start + Math.min(Math.max(first ?? pageSize, 1), largestPage))
  const end = start + nodes.length
  const last = nodes.at(-1)
  return {
    edges: nodes.map((node) => ({ node })),
    pageInfo: {
      endCursor: last ? Buffer.from(`${end}:${last.id}`).toString('base64url') : (after ?? ''),
      hasNextPage: end < items.length,
      hasPreviousPage: start > 0,
    },
  }
}

function startAfter(items: readonly { readonly id: string }[], cursor: string): number {
  const [, place, id] = /^(\d+):(.*)$/s.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  if (place === undefined) throw new Refusal('bad-request', 'after must be the endCursor of a page')
  const index = items.findIndex((item) => item.id === id)
  return index < 0 ? Math.min(Number(place), items.length) : index + 1
}

async function keep<T>(items: readonly T[], fit: (item: T) => Promise<boolean>): Promise<T[]> {
  const kept = await Promise.all(items.map(fit))
  return items.filter((_, index) => kept[index])
}
