import { Type, type Static } from 'typebox'
import { checker, decodeJson, undecodable, type Decoded } from './decoded.ts'
import { Ulid } from './ids.ts'

/** Largest message that either side publishes or reads, in bytes. Messages carry ids, never documents. */
export const maxMessageBytes = 4096

const RingSchema = Type.Object({
  version: Type.Literal(1),
  type: Type.Literal('orders'),
  /** Only a hint for the log: what is true is fetched. */
  job: Type.Optional(Ulid),
})

/** Mothership to worker: "your orders changed, fetch them". */
export type Ring = Static<typeof RingSchema>

const GoneSchema = Type.Object({
  version: Type.Literal(1),
  type: Type.Literal('gone'),
  /** True in the last will that the broker sends, false in the goodbye that a stopping launcher sends. */
  crashed: Type.Boolean(),
})

/** Worker to mothership: "I am gone". */
export type Gone = Static<typeof GoneSchema>

const checkRing = checker('message', RingSchema)
const checkGone = checker('message', GoneSchema)

/** The bytes of a message. */
export function encodeMessage(message: Ring | Gone): Buffer {
  return Buffer.from(JSON.stringify(message))
}

/** Reads a message to a worker. Total: an unknown type is a fault that the reader counts and passes over. */
export function decodeRing(bytes: Uint8Array): Decoded<Ring> {
  return decodeMessage(bytes, checkRing)
}

/** Reads a message from a worker. Total. */
export function decodeGone(bytes: Uint8Array): Decoded<Gone> {
  return decodeMessage(bytes, checkGone)
}

function decodeMessage<T>(bytes: Uint8Array, check: (value: unknown) => Decoded<T>): Decoded<T> {
  if (bytes.byteLength > maxMessageBytes)
    return undecodable('too-large', `message: longer than ${maxMessageBytes} bytes`)
  return decodeJson('message', Buffer.from(bytes).toString('utf8'), check)
}
