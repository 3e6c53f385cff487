import type { Clock } from '../base/clock.ts'
import { retryDelay, type RetryTiming } from '../base/retry.ts'
import { Unsent } from './unsent.ts'

/** How old the oldest byte may become before it is sent, in milliseconds. */
const maxAgeMs = 200

/** Pauses when the far end takes nothing of a range. */
const pauses: RetryTiming = { baseMs: 100, capMs: 5000 }

/** A range of a log: the offset of its first byte, and its bytes. */
export interface ShippedRange {
  readonly offset: number
  readonly bytes: Uint8Array
}

/** What a shipper works with. */
export interface ShipperParts {
  /**
   * Appends a range and answers how many bytes of the log the far end holds then. Tries again by itself; rejects with the
   * signal's reason, or with anything else when the far end has refused for good. The bytes are its own until it settles, and no longer:
   * their memory is used again.
   */
  readonly send: (range: ShippedRange, signal: AbortSignal) => Promise<number>
  readonly clock: Clock
  /** Where the first byte that is written belongs. */
  readonly offset: number
  /** How many bytes the far end holds, if more: those in between are written once more, and not sent. */
  readonly held?: number
  /** Ends everything: `write` and `flush` reject with its reason. */
  readonly signal: AbortSignal
}

/**
 * Sends a log in order, in ranges of up to 1 MiB that are at most 200 ms old when they set out, one at a time. What is written
 * meanwhile is gathered, up to 8 MiB; then `write` waits. The far end says after each range how much it holds, and that is where
 * the next one begins: what it lacks is sent again, what it has already is left out. If it refuses for good, the rest of the log
 * is counted as lost, and writing goes on as if nothing were wrong: a run does not fail for its log.
 */
export class LogShipper {
  readonly #parts: ShipperParts
  readonly #unsent: Unsent
  #refused = false
  #sending = false
  #flushes = 0
  #oldestAtMs = 0
  #changed = Promise.withResolvers<void>()

  constructor(parts: ShipperParts) {
    this.#parts = parts
    this.#unsent = new Unsent(parts.offset, parts.held)
  }

  /** Where the next byte that is written belongs. */
  get length(): number {
    return this.#unsent.length
  }

  /** Bytes that the far end will never hold. */
  get lostBytes(): number {
    return this.#unsent.lost
  }

  /** What is neither held by the far end nor lost, as it is now. */
  unsent(): ShippedRange {
    return this.#unsent.all
  }

  /** What the far end holds will not be written again: what is written now comes behind it. */
  skipHeld(): void {
    this.#unsent.skipKnown()
  }

  /** Appends bytes, and waits while there is no room for them. One call at a time. */
  async write(bytes: Uint8Array): Promise<void> {
    this.#parts.signal.throwIfAborted()
    let rest = bytes
    while (rest.length > 0) {
      if (this.#refused) return this.#unsent.lose(rest.length)
      const taken = this.#gather(rest)
      rest = rest.subarray(taken)
      if (taken === 0) await this.#change()
    }
  }

  /** Resolves once everything written so far is held by the far end, or lost. */
  async flush(): Promise<void> {
    this.#parts.signal.throwIfAborted()
    const target = this.#unsent.written
    this.#flushes++
    this.#announce()
    try {
      while (this.#unsent.written - this.#unsent.waiting < target) await this.#change()
    } finally {
      this.#flushes--
    }
  }

  #gather(bytes: Uint8Array): number {
    if (this.#unsent.gathered === 0) this.#oldestAtMs = this.#parts.clock.monotonic()
    const taken = this.#unsent.add(bytes)
    if (this.#unsent.hasPiece) this.#announce()
    if (!this.#sending) void this.#sendAll()
    return taken
  }

  /** Sends until nothing is left. An abort is told to whoever waits; it rejects for a bug only. */
  async #sendAll(): Promise<void> {
    const { clock, signal } = this.#parts
    this.#sending = true
    try {
      for (let idle = 0; this.#unsent.waiting > 0; ) {
        if (this.#unsent.range.bytes.length === 0) await this.#takeRange()
        idle = (await this.#sendRange()) ? 0 : idle + 1
        if (idle > 0) await clock.sleep(retryDelay(idle, pauses, Math.random()), signal)
      }
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      this.#sending = false
      this.#announce()
    }
  }

  /** Waits until the oldest byte is old enough, there is a whole piece, or somebody waits for the end. */
  async #takeRange(): Promise<void> {
    while (!this.#unsent.hasPiece && this.#flushes === 0) {
      const leftMs = this.#oldestAtMs + maxAgeMs - this.#parts.clock.monotonic()
      if (leftMs <= 0) break
      await this.#changeWithin(leftMs)
    }
    this.#unsent.take()
    this.#announce()
  }

  /** Answers whether the far end is any further, or has refused for good. */
  async #sendRange(): Promise<boolean> {
    const { send, signal } = this.#parts
    try {
      return this.#unsent.settle(await send(this.#unsent.range, signal))
    } catch {
      signal.throwIfAborted()
      this.#refused = true
      this.#unsent.abandon()
      return true
    } finally {
      this.#announce()
    }
  }

  /** Resolves when anything has changed. */
  async #change(): Promise<void> {
    await this.#changed.promise
    this.#parts.signal.throwIfAborted()
  }

  async #changeWithin(ms: number): Promise<void> {
    const waking = new AbortController()
    const signal = AbortSignal.any([this.#parts.signal, waking.signal])
    const slept = this.#parts.clock.sleep(ms, signal).catch(() => {})
    await Promise.race([slept, this.#changed.promise])
    waking.abort()
    this.#parts.signal.throwIfAborted()
  }

  #announce(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers<void>()
  }
}
