import type { CopiedOutput } from '../run/engine.ts'
import type { StampedFrame } from './stamped-frames.ts'

const newline = Buffer.of(0x0a)

/** A moment as the daemon writes it. */
export function stampOf(ms: number): Buffer {
  return Buffer.from(new Date(ms).toISOString().replace('Z', '000000Z'))
}

/**
 * Makes of the records of the daemon's copy what the container wrote, byte by byte.
 * - A long line is in records of 16 KiB that carry the time of the first one. Daemons before 25 forget the newline at its end (moby,
 *   daemon/logger/local/read.go): it is put back when the next line shows that this one was over.
 * - Records that are alike in time are counted, so that reading can go on from the last one.
 */
export class CopiedLines {
  readonly #splitAt: readonly Buffer[]
  #last: Buffer = Buffer.alloc(0)
  /** Records of the last time that were read. */
  #alike = 0
  /** Records of the line that has had no newline yet. */
  #open = 0

  /** `splitAt`: as CopyOptions say, in milliseconds. */
  constructor(splitAt: readonly number[] = []) {
    this.#splitAt = splitAt.map(stampOf)
  }

  /** The last time that was read, and how many records had it; null: nothing was read. */
  get last(): { readonly stamp: string; readonly alike: number } | null {
    return this.#alike === 0 ? null : { stamp: this.#last.toString(), alike: this.#alike }
  }

  /** What these frames hold: one piece, or more if a moment at which to split is between them. */
  read(frames: readonly StampedFrame[]): CopiedOutput[] {
    const pieces: CopiedOutput[] = []
    let parts: Uint8Array[] = []
    for (const { stamp, text } of frames) {
      const isNext = this.#alike === 0 || !stamp.equals(this.#last)
      if (isNext && this.#open > 1) parts.push(newline)
      if (isNext && parts.length > 0 && this.#isBetween(stamp)) {
        pieces.push(this.#piece(parts))
        parts = []
      }
      this.#count(stamp, text, isNext)
      parts.push(text)
    }
    if (parts.length > 0) pieces.push(this.#piece(parts))
    return pieces.filter(({ bytes }) => bytes.length > 0)
  }

  #count(stamp: Buffer, text: Buffer, isNext: boolean): void {
    this.#alike = isNext ? 1 : this.#alike + 1
    if (isNext) this.#last = Buffer.from(stamp)
    const isOver = text[text.length - 1] === newline[0]
    if (isOver) this.#open = 0
    else this.#open = isNext ? 1 : this.#open + 1
  }

  #isBetween(stamp: Buffer): boolean {
    return this.#splitAt.some((moment) => this.#last.compare(moment) <= 0 && stamp.compare(moment) > 0)
  }

  #piece(parts: readonly Uint8Array[]): CopiedOutput {
    return { bytes: Buffer.concat(parts), at: Date.parse(this.#last.toString()) }
  }
}
