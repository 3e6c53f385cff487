import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { retryDelay } from '../base/retry.ts'
import { PodApiError, type PodAnswer, type PodApi } from './pod-api.ts'

export interface PodDeadlineOptions {
  readonly api: Pick<PodApi, 'read'>
  readonly clock: Clock
  readonly log: Logger
  /** In [0, 1); default: `Math.random`. */
  readonly random?: () => number
}

/** A deletion can be made shorter by another one, and then nobody says so to the container: so it is asked for again. */
export const readEveryMs = 10_000

/** After reads that failed. */
const timing = { baseMs: 1_000, capMs: 15_000 }

/**
 * How long a pod that is being deleted has still to live, in milliseconds; null: it is not being deleted. Pure. `deletionTimestamp` counts from
 * the moment of the deletion and is held against the server's own clock; the grace period is the most that a kubelet gives from now on.
 */
export function timeLeftMs({ metadata, at }: PodAnswer, now: number): number | null {
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata
  if (typeof deletionTimestamp !== 'string') return null
  const grace = typeof deletionGracePeriodSeconds === 'number' ? deletionGracePeriodSeconds * 1000 : Infinity
  const until = Date.parse(deletionTimestamp) - (at ?? now)
  const left = Math.min(grace, Number.isNaN(until) ? Infinity : until)
  return Number.isFinite(left) ? Math.max(0, left) : null
}

/** Reads the own pod again and again, and tells how long it has still to live, until the signal is aborted. Never rejects but for a bug. */
export async function watchDeadline(
  options: PodDeadlineOptions,
  left: (ms: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const { api, clock, log } = options
  let failures = 0
  while (!signal.aborted) {
    try {
      const ms = timeLeftMs(await api.read(signal), clock.now())
      failures = 0
      if (ms !== null) left(ms)
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof PodApiError)) throw error
      if (failures++ === 0) log.warn({ why: error.message }, 'how long the pod has to live is not known')
      if (!error.retry) return
    }
    const { random = Math.random } = options
    const pauseMs = failures > 0 ? retryDelay(failures, timing, random()) : readEveryMs
    await clock.sleep(pauseMs, signal).catch(() => {})
  }
}
