import type { CopiedOutput } from './engine.ts'

/** What is known of a copy before it is read. */
export interface CopyStart {
  /** Bytes at its beginning that were passed on before. */
  readonly known: number
  /** The moment at which the daemon was missed, by its own clock; null: it lives, and its copy has everything. */
  readonly lostAt: number | null
}

/** A piece of a copy, as far as it is new. */
export interface Fresh {
  readonly bytes: Uint8Array
  /** Set if output was lost before it: how many bytes were passed on that the copy does not have. */
  readonly lacking: number | null
}

/**
 * How far the daemon's copy was read, beside what was passed on before. A daemon that dies takes with it what it had in its hands: then its copy may be
 * shorter than what was passed on, or longer. What it took down before it was missed is passed over as far as it is known; what was taken
 * down after that is new, whatever its place. Pieces must not span that moment.
 */
export class CopyPosition {
  #known: number
  readonly #lostAt: number | null

  constructor({ known, lostAt }: CopyStart) {
    this.#known = known
    this.#lostAt = lostAt
  }

  read({ bytes, at }: CopiedOutput): Fresh {
    const isLater = this.#lostAt !== null && at > this.#lostAt
    if (isLater && this.#known > 0) {
      const lacking = this.#known
      this.#known = 0
      return { bytes, lacking }
    }
    const passedOver = Math.min(this.#known, bytes.byteLength)
    this.#known -= passedOver
    return { bytes: bytes.subarray(passedOver), lacking: null }
  }
}
