import { setTimeout as delay } from 'node:timers/promises'

/** Time, as everything here sees it, so that a test can move it by hand. */
export interface Clock {
  /** Milliseconds since 1970, for records and messages. It may jump. */
  now(): number
  /** Milliseconds since some moment, never going back: for timeouts and durations. */
  monotonic(): number
  /** Resolves after `ms`. Rejects with the signal's reason if it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(ms, signal) {
    try {
      await delay(ms, undefined, signal ? { signal } : {})
    } catch (error) {
      throw signal?.aborted ? signal.reason : error
    }
  },
}
