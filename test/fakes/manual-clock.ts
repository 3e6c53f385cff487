import type { Clock } from '../../launcher/src/base/clock.ts'

interface Sleeper {
  readonly wakesAt: number
  readonly wake: () => void
}

/** Time that moves when told. `now` begins at a date, `monotonic` at 0. Fits the clocks of both programs. */
export class ManualClock implements Clock {
  readonly #begun: number
  #passed = 0
  #sleepers: Sleeper[] = []

  constructor(begun = Date.UTC(2026, 10, 20)) {
    this.#begun = begun
  }

  now(): number {
    return this.#begun + this.#passed
  }

  monotonic(): number {
    return this.#passed
  }

  /** How long those who sleep have still to sleep, soonest first, in milliseconds. */
  get sleeping(): number[] {
    return this.#sleepers.map(({ wakesAt }) => wakesAt - this.#passed).sort((left, right) => left - right)
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const sleeper: Sleeper = { wakesAt: this.#passed + ms, wake: resolve }
    this.#sleepers.push(sleeper)
    const interrupted = () => reject(signal?.reason)
    signal?.addEventListener('abort', interrupted, { once: true })
    try {
      await promise
    } finally {
      signal?.removeEventListener('abort', interrupted)
      this.#sleepers = this.#sleepers.filter((other) => other !== sleeper)
    }
  }

  /** Moves time, waking sleepers at their moments in order, and lets what they do run as far as it goes without another event. */
  async advance(ms: number): Promise<void> {
    const target = this.#passed + ms
    for (;;) {
      await settled()
      const next = this.#sleepers
        .filter(({ wakesAt }) => wakesAt <= target)
        .sort((left, right) => left.wakesAt - right.wakesAt)[0]
      if (!next) break
      this.#passed = Math.max(this.#passed, next.wakesAt)
      next.wake()
    }
    this.#passed = target
    await settled()
  }
}

/** A turn of the event loop: all microtasks are done. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
