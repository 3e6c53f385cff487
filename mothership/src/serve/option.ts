/** Environment variables by name. */
export type Env = Readonly<Record<string, string | undefined>>

/** A way to write a value. */
export interface Format<T> {
  /** Goes after "expected": a noun phrase, with an example where one helps. */
  readonly expected: string
  /** Null: not of this format. Total. */
  readonly parse: (text: string) => T | null
}

interface Row<T> {
  /** Without the dashes. */
  readonly flag: string
  /** Stands for the value in the help. */
  readonly value: string
  readonly env: string
  /** One sentence for the operator. */
  readonly doc: string
  readonly format: Format<T>
}

/** Has a default, written as a user would write it; a null one means that it must be set. */
export interface One<T> extends Row<T> {
  readonly kind: 'one'
  readonly fallback: string | null
}

/** May be given several times, in the environment with commas between; `unset` says in a few words what none means. */
export interface Many<T> extends Row<T> {
  readonly kind: 'many'
  readonly unset: string
}

/** May be missing; then it is null, and `unset` says in a few words what that means. */
export interface Optional<T> extends Row<T> {
  readonly kind: 'optional'
  readonly unset: string
}

/** A row of the table of settings. A flag goes before its environment variable; an empty one counts as not set. */
export type Option<T> = One<T> | Many<T> | Optional<T>

/** The value that a row gives. */
export type ValueOf<O> =
  O extends Many<infer T> ? readonly T[] : O extends Optional<infer T> ? T | null : O extends One<infer T> ? T : never

export function one<T>(row: Row<T> & { readonly fallback: string | null }): One<T> {
  return { kind: 'one', ...row }
}

export function many<T>(row: Row<T> & { readonly unset: string }): Many<T> {
  return { kind: 'many', ...row }
}

export function optional<T>(row: Row<T> & { readonly unset: string }): Optional<T> {
  return { kind: 'optional', ...row }
}
