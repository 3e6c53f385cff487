import type { Clock } from './clock.ts'

const leastMs = 60_000

/** Lets something be said once a minute at most, however often it happens: what repeats for hours must not fill a disk. */
export class Seldom {
  readonly #clock: Pick<Clock, 'monotonic'>
  #saidAt = -Infinity
  #unsaid = 0

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock
  }

  /** Calls `say` with how often it was not called since the last time; or not at all. */
  say(say: (unsaid: number) => void): void {
    const now = this.#clock.monotonic()
    if (now - this.#saidAt < leastMs) {
      this.#unsaid++
      return
    }
    const unsaid = this.#unsaid
    this.#saidAt = now
    this.#unsaid = 0
    say(unsaid)
  }
}
