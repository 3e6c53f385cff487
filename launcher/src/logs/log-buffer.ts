/** Largest piece of a log that is taken at once, in bytes. */
export const pieceBytes = 1024 * 1024

/** Most pieces that are kept. */
const maxPieces = 8

/** Most pieces whose memory waits to be used again: at full speed one comes back for each that is filled. */
const maxSpare = 2

/**
 * Bytes of a log that are on their way, in pieces of at most 1 MiB. Bytes are copied in: however small the chunks are in which
 * they come, the memory is 8 MiB at most.
 */
export class LogBuffer {
  readonly #full: Buffer[] = []
  #filling: Buffer | null = null
  readonly #spare: Buffer[] = []
  #used = 0
  #length = 0

  /** Bytes that are kept. */
  get length(): number {
    return this.#length
  }

  /** Whether there is enough for a whole piece. */
  get hasPiece(): boolean {
    return this.#full.length > 0
  }

  /** Copies in what there is room for, and answers how much that was. */
  add(bytes: Uint8Array): number {
    let taken = 0
    while (taken < bytes.length) {
      if (this.#filling === null && this.#full.length >= maxPieces) break
      this.#filling ??= this.#spare.pop() ?? Buffer.allocUnsafeSlow(pieceBytes)
      const part = bytes.subarray(taken, taken + pieceBytes - this.#used)
      this.#filling.set(part, this.#used)
      this.#used += part.length
      taken += part.length
      if (this.#used === pieceBytes) this.#cut()
    }
    this.#length += taken
    return taken
  }

  /** The oldest piece, which is kept no longer; null if there is nothing. */
  take(): Buffer | null {
    if (this.#full.length === 0) this.#cut()
    const piece = this.#full.shift() ?? null
    this.#length -= piece?.length ?? 0
    return piece
  }

  /**
   * Takes back the memory of a piece that was taken, or a view of it, when nobody reads it any more. To let go of a MiB twenty times a second
   * costs more than to fill it: it lives long enough that only a collection of the whole heap frees it.
   */
  giveBack({ buffer }: Uint8Array): void {
    if (buffer.byteLength === pieceBytes && this.#spare.length < maxSpare) this.#spare.push(Buffer.from(buffer))
  }

  /** A copy of everything that is kept. */
  copy(): Buffer {
    return Buffer.concat([...this.#full, this.#filling?.subarray(0, this.#used) ?? Buffer.alloc(0)])
  }

  #cut(): void {
    if (this.#filling === null) return
    this.#full.push(this.#filling.subarray(0, this.#used))
    this.#filling = null
    this.#used = 0
  }
}
