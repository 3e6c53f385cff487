import type { Clock } from './clock.ts'
import { LauncherError } from './errors.ts'

/** How pauses between tries grow, in milliseconds. */
export interface RetryTiming {
  readonly baseMs: number
  readonly capMs: number
}

export const defaultTiming: RetryTiming = { baseMs: 500, capMs: 60_000 }

/** A far end that asks for more than this is asked again sooner: nothing here waits for hours on somebody's word. */
export const maxRetryAfterMs = 10 * 60_000

/**
 * The pause after the nth failure in a row (from 1), in milliseconds: "full jitter", uniform between 0 and `base * 2^(n-1)`, capped, so that
 * a crowd that failed together does not come back together
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/). `random` is in [0, 1).
 */
export function retryDelay(failures: number, timing: RetryTiming, random: number): number {
  const exponent = Math.min(Math.max(failures - 1, 0), 30)
  return Math.round(random * Math.min(timing.capMs, timing.baseMs * 2 ** exponent))
}

/** Whether to try again after an error, and how long the far end asked to be left alone. */
export interface Verdict {
  readonly retry: boolean
  readonly afterMs?: number | null
}

/** What happens next, told before each pause. */
export interface Retrying {
  readonly error: unknown
  /** Failures in a row so far, from 1. */
  readonly failures: number
  readonly delayMs: number
}

export interface RetryOptions {
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Default: what the error's code says. */
  readonly judge?: (error: unknown) => Verdict
  readonly retrying?: (next: Retrying) => void
  readonly timing?: RetryTiming
  /** In [0, 1); default: `Math.random`. */
  readonly random?: () => number
}

/**
 * Repeats `attempt` until it succeeds, fails for good, or the signal is aborted; then it rejects with the signal's reason, whatever the
 * attempt in flight made of the abort. This is the launcher's only retry loop with its own state; the pause is a pure function beside it.
 */
export async function retry<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  for (let failures = 1; ; failures++) {
    options.signal.throwIfAborted()
    try {
      return await attempt()
    } catch (error) {
      options.signal.throwIfAborted()
      await pauseAfter(error, failures, options)
    }
  }
}

async function pauseAfter(error: unknown, failures: number, options: RetryOptions): Promise<void> {
  const verdict = (options.judge ?? judgeByCode)(error)
  if (!verdict.retry) throw error
  const jitter = retryDelay(failures, options.timing ?? defaultTiming, (options.random ?? Math.random)())
  // The jitter comes on top: whoever was sent away together until one moment must not come back at that moment together.
  const delayMs = Math.min(verdict.afterMs ?? 0, maxRetryAfterMs) + jitter
  options.retrying?.({ error, failures, delayMs })
  await options.clock.sleep(delayMs, options.signal)
}

function judgeByCode(error: unknown): Verdict {
  return { retry: error instanceof LauncherError && error.retry }
}
