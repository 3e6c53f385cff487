import { Refusal } from '../base/errors.ts'

/** Bounds the bytes of log ranges that are in memory at once: each may have 4 MiB, and there are thousands of workers. */
export class LogBudget {
  readonly #maxBytes: number
  #inHand = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Takes `bytes`, and answers how to give them back; giving back twice is giving back once. Throws `too-many-requests` if they are not there. */
  take(bytes: number): () => void {
    if (this.#inHand + bytes > this.#maxBytes) {
      throw new Refusal('too-many-requests', 'too many logs are being taken at this moment')
    }
    this.#inHand += bytes
    let taken = bytes
    return () => {
      this.#inHand -= taken
      taken = 0
    }
  }
}
