import { LogBuffer } from './log-buffer.ts'

const nothing = new Uint8Array()

/**
 * The books of a log that is on its way: what was written, what the far end holds of it, and what lies between. Waits for nothing
 * and sends nothing. A range is what is being sent; the buffer is what comes after it.
 */
export class Unsent {
  readonly #buffer = new LogBuffer()
  #range: Uint8Array = nothing
  #offset: number
  /** Bytes from here on that the far end has, though nobody wrote them here yet. Not 0 only while all else is empty. */
  #known: number
  #written = 0
  #lost = 0

  /** `offset`: where the first byte that is written belongs. `held`: how many bytes the far end has; all of those from `offset` on are written again. */
  constructor(offset: number, held = offset) {
    this.#offset = Math.max(offset, held)
    this.#known = this.#offset - offset
  }

  /** Where the next byte that is written belongs. */
  get length(): number {
    return this.#offset + this.waiting - this.#known
  }

  /** Bytes that are neither held by the far end nor lost. */
  get waiting(): number {
    return this.#range.length + this.#buffer.length
  }

  /** Bytes that are not in the range yet. */
  get gathered(): number {
    return this.#buffer.length
  }

  /** How many bytes were ever kept here. */
  get written(): number {
    return this.#written
  }

  /** Bytes that the far end will never hold. */
  get lost(): number {
    return this.#lost
  }

  /** Whether there is a whole range to send. */
  get hasPiece(): boolean {
    return this.#buffer.hasPiece
  }

  /** What is to be sent now: what is left of the last range, else the next one. Empty if there is nothing. */
  get range(): { readonly offset: number; readonly bytes: Uint8Array } {
    return { offset: this.#offset, bytes: this.#range }
  }

  /** A copy of everything that waits. */
  get all(): { readonly offset: number; readonly bytes: Uint8Array } {
    return { offset: this.#offset, bytes: Buffer.concat([this.#range, this.#buffer.copy()]) }
  }

  /** Appends bytes, and answers how many of them are dealt with: kept, or held by the far end already. */
  add(bytes: Uint8Array): number {
    const known = Math.min(this.#known, bytes.length)
    this.#known -= known
    const kept = this.#buffer.add(bytes.subarray(known))
    this.#written += kept
    return known + kept
  }

  /** Makes the oldest of the buffer the range, if there is none. */
  take(): void {
    if (this.#range.length === 0) this.#range = this.#buffer.take() ?? this.#range
  }

  /** The far end holds `held` bytes: all before is done with. Answers whether that is further than before. */
  settle(held: number): boolean {
    const further = held > this.#offset
    // It has forgotten bytes that it held and that are not kept here any more: they are lost, and what follows moves up.
    this.#lost += Math.max(0, this.#offset - held)
    this.#known += Math.max(0, held - this.#offset)
    this.#offset = held
    while (this.#known > 0 && this.waiting > 0) {
      this.take()
      const count = Math.min(this.#known, this.#range.length)
      this.#range = this.#range.subarray(count)
      this.#known -= count
      if (this.#range.length === 0) this.#forgetRange()
    }
    return further
  }

  /** What the far end has will not be written again: what is written now comes behind it. */
  skipKnown(): void {
    this.#known = 0
  }

  /** Counts bytes that are not even kept. */
  lose(count: number): void {
    this.#lost += count
  }

  /** Gives up everything that waits. */
  abandon(): void {
    this.#lost += this.waiting
    this.#range = nothing
    while (this.#buffer.take() !== null);
  }

  /** The far end has answered: nobody reads it any more. */
  #forgetRange(): void {
    this.#buffer.giveBack(this.#range)
    this.#range = nothing
  }
}
