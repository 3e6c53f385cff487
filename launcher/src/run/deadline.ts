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
}

/**
 * Runs `work` with a signal of its own, aborted when the deadline passes; then rejects with DeadlinePassed, even if the
 * work takes no notice. For what must be done after a run was ended, when the run's own signal is of no use any more.
 */
export async function within<T>({ clock, ms, what }: Deadline, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const passed = new AbortController()
  const done = new AbortController()
  const deadline = clock.sleep(ms, done.signal).then(() => {
    const reason = new DeadlinePassed(what, ms)
    passed.abort(reason)
    throw reason
  })
  // Whoever loses the race is not waited for, and must not be an unhandled rejection.
  deadline.catch(() => {})
  const worked = work(passed.signal)
  worked.catch(() => {})
  try {
    return await Promise.race([worked, deadline])
  } finally {
    done.abort()
  }
}
