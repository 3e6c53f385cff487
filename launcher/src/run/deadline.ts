import type { Clock } from '../base/clock.ts'

/** The reason with which a deadline aborts. */
export class DeadlinePassed extends Error {
  constructor(what: string, ms: number) {
    super(`${what} took longer than ${ms} ms`)
    this.name = 'DeadlinePassed'
  }
}

/** For how long at most to do what. */
export interface Deadline {
  readonly clock: Clock
  readonly ms: number
  /** Names the work in the error. */
  readonly what: string
  /** From when on there is only so much time left. */
  readonly hurry?: { readonly signal: AbortSignal; readonly ms: number }
}

/**
 * Runs `work` with a signal of its own, aborted when the deadline passes; then rejects with DeadlinePassed, even if the
 * work takes no notice. For what must be done after a run was ended, when the run's own signal is of no use any more.
 */
export async function within<T>(deadline: Deadline, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const passed = new AbortController()
  const done = new AbortController()
  const passing = passes(deadline, done.signal).then((ms) => {
    const reason = new DeadlinePassed(deadline.what, ms)
    passed.abort(reason)
    throw reason
  })
  // Whoever loses the race is not waited for, and must not be an unhandled rejection.
  passing.catch(() => {})
  const worked = work(passed.signal)
  worked.catch(() => {})
  try {
    return await Promise.race([worked, passing])
  } finally {
    done.abort()
  }
}

/** Resolves when the time is over, with how long it was. Rejects when `done` is aborted. */
async function passes({ clock, ms, hurry }: Deadline, done: AbortSignal): Promise<number> {
  if (!hurry) return clock.sleep(ms, done).then(() => ms)
  try {
    await clock.sleep(ms, AbortSignal.any([done, hurry.signal]))
    return ms
  } catch {
    done.throwIfAborted()
    await clock.sleep(hurry.ms, done)
    return hurry.ms
  }
}
