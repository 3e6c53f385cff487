import { LauncherError } from '../base/errors.ts'

/** Longest `NAME=value` that Linux starts a program with, its end included: MAX_ARG_STRLEN, 32 pages. */
const maxBytes = 131_072

/**
 * What Linux takes of a program's environment and arguments together: a quarter of the stack's limit, which is 8 MiB
 * unless the daemon says otherwise. The last bit of it is for what the shell and its hooks add.
 */
const maxTotalBytes = 2 * 1024 * 1024 - 64 * 1024

export interface InterpolationParts {
  readonly variables: ReadonlyMap<string, string>
  /** The names whose values are looked through; the others are taken as they are. */
  readonly open: ReadonlySet<string>
  /** Whether a variable's value must not be seen. */
  readonly isSecret?: (name: string) => boolean
}

/** What became of variables that name one another. */
export interface Interpolated {
  /** In the order in which they were given. */
  readonly values: ReadonlyMap<string, string>
  /** Names whose values have a secret's in them, by name or by way of others. */
  readonly tainted: ReadonlySet<string>
  /** Names that lead into a circle, and are left as they are. */
  readonly circular: readonly string[]
}

/**
 * Puts the values of variables where others name them: `${NAME}`, whatever their order. `$${NAME}` stands for the text
 * `${NAME}`. What names no variable that there is stays as it is, and so does what leads into a circle. Throws
 * ENVIRONMENT_REFUSED if no program could be started with the result, before it is made: few texts can grow to many.
 */
export function interpolate({ variables, open, isSecret = () => false }: InterpolationParts): Interpolated {
  const known = (name: string) => variables.has(name)
  const named = new Map([...open].map((name) => [name, namesIn(variables.get(name) ?? '', known)]))
  const order = inOrder(named)
  const values = new Map(variables)
  const tainted = new Set<string>()
  const size = new Size(values)
  for (const name of order) {
    const raw = variables.get(name) ?? ''
    const value = filled(raw, values, (length) => size.refuse(name, length))
    size.change(name, raw, value)
    values.set(name, value)
    if (named.get(name)?.some((other) => isSecret(other) || tainted.has(other))) tainted.add(name)
  }
  size.check(values)
  const done = new Set(order)
  return { values, tainted, circular: [...open].filter((name) => !done.has(name)) }
}

const pattern = /(\$?)\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g

function namesIn(text: string, known: (name: string) => boolean): string[] {
  const found = [...text.matchAll(pattern)].filter(([, escape]) => escape === '').map(([, , name = '']) => name)
  return [...new Set(found)].filter(known)
}

/** The names in an order in which each comes after those that it names; without those that lead into a circle. */
function inOrder(named: ReadonlyMap<string, readonly string[]>): string[] {
  const waitedFor = new Map<string, string[]>()
  const waiting = new Map<string, number>()
  for (const [name, others] of named) {
    const open = others.filter((other) => named.has(other))
    waiting.set(name, open.length)
    for (const other of open) {
      const there = waitedFor.get(other)
      if (there) there.push(name)
      else waitedFor.set(other, [name])
    }
  }
  const order = [...named.keys()].filter((name) => waiting.get(name) === 0)
  for (const name of order) {
    for (const next of waitedFor.get(name) ?? []) {
      const left = (waiting.get(next) ?? 0) - 1
      waiting.set(next, left)
      if (left === 0) order.push(next)
    }
  }
  return order
}

function filled(raw: string, values: ReadonlyMap<string, string>, grown: (length: number) => void): string {
  let value = ''
  let from = 0
  for (const { 0: whole, 1: escape, 2: name = '', index } of raw.matchAll(pattern)) {
    const other = values.get(name)
    if (other === undefined) continue
    value += raw.slice(from, index) + (escape === '' ? other : whole.slice(1))
    from = index + whole.length
    grown(value.length)
  }
  return value + raw.slice(from)
}

/** Adds up what a program would be started with. */
class Size {
  #total: number

  constructor(values: ReadonlyMap<string, string>) {
    this.#total = [...values].reduce((sum, [name, value]) => sum + bytesOf(name, value), 0)
  }

  /** Refuses a variable whose value has `length` characters or more. */
  refuse(name: string, length: number): void {
    if (name.length + length + 2 > maxBytes) throw tooLong(name)
  }

  change(name: string, before: string, after: string): void {
    this.#total += bytesOf(name, after) - bytesOf(name, before)
    if (after.length > before.length && this.#total > maxTotalBytes) throw this.#tooMuch([name])
  }

  check(values: ReadonlyMap<string, string>): void {
    const bySize = [...values].toSorted(([, one], [, other]) => other.length - one.length).map(([name]) => name)
    for (const name of bySize) if (Buffer.byteLength(`${name}=${values.get(name)}`) >= maxBytes) throw tooLong(name)
    if (this.#total > maxTotalBytes) throw this.#tooMuch(bySize.slice(0, 3))
  }

  #tooMuch(names: readonly string[]): LauncherError {
    const large = `${names.length > 1 ? 'the largest are' : 'it became so large with'} ${names.join(', ')}`
    const message = `The environment has ${this.#total} bytes, and programs are started with at most ${maxTotalBytes}; ${large}: use mounted files.`
    return new LauncherError('ENVIRONMENT_REFUSED', message)
  }
}

/** With what lies between and behind them, and a pointer. */
function bytesOf(name: string, value: string): number {
  return Buffer.byteLength(name) + Buffer.byteLength(value) + 10
}

function tooLong(name: string): LauncherError {
  const message = `The environment variable ${name} has more than ${maxBytes - 1} bytes with its name, and no program can be started with it: use a mounted file.`
  return new LauncherError('ENVIRONMENT_REFUSED', message)
}
