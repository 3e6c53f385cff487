import type { Clock } from '../base/clock.ts'

/** A pause that can be cut short. A cut that comes while nobody pauses cuts the next pause, so that none is lost; many cuts are one. */
export class Pause {
  readonly #clock: Clock
  #cut = new AbortController()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  cut(): void {
    this.#cut.abort()
  }

  /** Resolves after `ms`, or sooner with true if it was cut. Rejects with the signal's reason. */
  async wait(ms: number, signal: AbortSignal): Promise<boolean> {
    const cut = this.#cut.signal
    try {
      if (!cut.aborted) await this.#clock.sleep(ms, AbortSignal.any([signal, cut]))
    } catch {
      signal.throwIfAborted()
    }
    signal.throwIfAborted()
    if (cut.aborted) this.#cut = new AbortController()
    return cut.aborted
  }
}
