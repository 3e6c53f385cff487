/** Environment variables by name. */
export type Env = Readonly<Record<string, string | undefined>>

/** A way to write a value: its name in tables, what a person is told when a text is not one, and the reading of it. */
export interface Format<T> {
  readonly name: string
  /** Goes after "expected": a noun phrase, with an example. */
  readonly expected: string
  /** Null: not of this format. Total. */
  readonly parse: (text: string) => T | null
  /** Of a list: the entry that is wrong, for a problem to name. */
  readonly culprit?: (text: string) => string
  /** The value is never shown, neither in problems nor in tables. */
  readonly secret?: true
}

/** The parts into which tables of settings are divided, in this order. */
export const groups = [
  'Pool',
  'Jobs',
  'Containers of jobs',
  'Policy',
  'Docker engine',
  'Launcher',
  'Network',
  'Stopping',
  'Machine',
  'Kubernetes',
] as const
export type Group = (typeof groups)[number]

interface Row<T> {
  /** Name of the environment variable; of a family, the prefix that its members share. */
  readonly env: string
  readonly group: Group
  /** One sentence for the operator. */
  readonly doc: string
  readonly format: Format<T>
}

/** One of two ways to give the same thing: exactly one of them must be set. Null: the other one is. */
export interface Either<T> extends Row<T> {
  readonly kind: 'either'
  /** The other variable. */
  readonly or: string
}

/** Has a default, written as a user would write it, so that table and program cannot disagree. */
export interface Defaulted<T> extends Row<T> {
  readonly kind: 'defaulted'
  readonly fallback: string
}

/** May be missing; then it is null, and `unset` says in a few words what that means. */
export interface Optional<T> extends Row<T> {
  readonly kind: 'optional'
  readonly unset: string
}

/** All variables that begin with the prefix, by the rest of their names with its case kept. */
export interface Family<T> extends Row<T> {
  readonly kind: 'family'
}

/** A row of the table of settings. An empty variable counts as one that is not set, as charts make them. */
export type Option<T> = Either<T> | Defaulted<T> | Optional<T> | Family<T>

/** The value that a row gives. */
export type ValueOf<O> =
  O extends Family<infer T>
    ? Readonly<Record<string, T>>
    : O extends Optional<infer T> | Either<infer T>
      ? T | null
      : O extends Defaulted<infer T>
        ? T
        : never

export function either<T>(row: Row<T> & { readonly or: string }): Either<T> {
  return { kind: 'either', ...row }
}

export function defaulted<T>(row: Row<T> & { readonly fallback: string }): Defaulted<T> {
  return { kind: 'defaulted', ...row }
}

export function optional<T>(row: Row<T> & { readonly unset: string }): Optional<T> {
  return { kind: 'optional', ...row }
}

export function family<T>(row: Row<T>): Family<T> {
  return { kind: 'family', ...row }
}
