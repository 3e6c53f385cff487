import type { Clock } from '../base/clock.ts'

/**
 * How long a container was silent. Only the time in which somebody was there to listen counts: output that waits
 * because the far end takes the log slowly is not silence.
 */
export class Silence {
  readonly #clock: Clock
  readonly #limitMs: number
  /** Since when it is silent, by the monotonic clock; null while output is being passed on. */
  #since: number | null

  constructor(clock: Clock, limitMs: number) {
    this.#clock = clock
    this.#limitMs = limitMs
    this.#since = clock.monotonic()
  }

  /** Output came, and is being passed on. */
  heard(): void {
    this.#since = null
  }

  /** It was passed on; the next output is waited for. */
  listening(): void {
    this.#since = this.#clock.monotonic()
  }

  /** How long it is silent now, in milliseconds. */
  get quietMs(): number {
    return this.#since === null ? 0 : this.#clock.monotonic() - this.#since
  }

  /** Resolves when the limit is reached. Rejects with the signal's reason if it is aborted first. */
  async tooLong(signal: AbortSignal): Promise<void> {
    for (;;) {
      const left = this.#since === null ? this.#limitMs : this.#since + this.#limitMs - this.#clock.monotonic()
      if (left <= 0) return
      await this.#clock.sleep(left, signal)
    }
  }
}
