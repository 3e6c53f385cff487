import { Transform, type TransformCallback } from 'node:stream'
import { Refusal } from '../base/errors.ts'

/** Passes bytes on until there are more than allowed; then it fails with `too-large`. */
export class ByteLimit extends Transform {
  readonly #max: number
  readonly #what: string
  #seen = 0

  /** `what` names the content in the message. */
  constructor(what: string, max: number) {
    super()
    this.#what = what
    this.#max = max
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#seen += chunk.byteLength
    if (this.#seen > this.#max) done(tooLarge(this.#what, this.#max))
    else done(null, chunk)
  }
}

/** The refusal of something longer than `max` bytes. */
export function tooLarge(what: string, max: number): Refusal {
  return new Refusal('too-large', `${what}: longer than ${max} bytes`)
}
