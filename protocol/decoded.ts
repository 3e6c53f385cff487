import type { Static, TSchema } from 'typebox'
import { Compile } from 'typebox/compile'

/** Why some bytes are not what they should be. `code` is stable; `message` is for a person and never quotes a secret value. */
export interface Fault {
  readonly code:
    | 'not-base64'
    | 'not-json'
    | 'wrong-shape'
    | 'wrong-version'
    | 'too-large'
    | 'not-sealed'
    | 'wrong-key'
    | 'damaged'
  readonly message: string
}

/** What a total decoder answers: the value, or a named fault. No decoder of this folder throws on bytes from outside. */
export type Decoded<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: Fault }

/** A decoded value. */
export function decoded<T>(value: T): Decoded<T> {
  return { ok: true, value }
}

/** A named fault. */
export function undecodable(code: Fault['code'], message: string): { readonly ok: false; readonly fault: Fault } {
  return { ok: false, fault: { code, message } }
}

/** Checks a value against a schema. Fields that the schema does not know are kept: a newer peer may send them. */
export type Check<T> = (value: unknown) => Decoded<T>

/** Largest JSON document that either side reads, in bytes. A job document of 2,000 variables and many files fits. */
export const maxDocumentBytes = 64 * 1024 * 1024

/** Makes a total check of a schema. `what` names the document in messages. It is compiled when it is used: most programs check few documents. */
export function checker<S extends TSchema>(what: string, schema: S): Check<Static<S>> {
  let compiled: ReturnType<typeof Compile<S>> | null = null
  return (value) => {
    compiled ??= Compile(schema)
    if (compiled.Check(value)) return decoded(value as Static<S>)
    const first = compiled.Errors(value)[0]
    const where = first?.instancePath ? `at ${first.instancePath}: ` : ''
    return undecodable('wrong-shape', `${what}: ${where}${first?.message ?? 'not of the expected shape'}`)
  }
}

/** Makes a total check of documents of several kinds, named by their field `kind`: so that a fault is one of the kind that was meant. */
export function checkerByKind<T>(what: string, kinds: Readonly<Record<string, Check<T>>>): Check<T> {
  return (value) => {
    const kind = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined
    const check = typeof kind === 'string' && Object.hasOwn(kinds, kind) ? kinds[kind] : undefined
    if (check) return check(value)
    return undecodable('wrong-shape', `${what}: expected a kind of ${Object.keys(kinds).join(', ')}`)
  }
}

/** Reads a JSON text and checks it. Total. */
export function decodeJson<T>(what: string, text: string, check: Check<T>): Decoded<T> {
  if (text.length > maxDocumentBytes) return undecodable('too-large', `${what}: longer than ${maxDocumentBytes} bytes`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undecodable('not-json', `${what}: not JSON`)
  }
  return check(value)
}
