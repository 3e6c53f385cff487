import { CommandFailure } from './failure.ts'
import type { Io } from './io.ts'

const givingUpMs = 5 * 60_000
const firstPauseMs = 250
const longestPauseMs = 10_000

/**
 * Repeats a question while the mothership is away, for some minutes, and says so. Only for what may be asked twice.
 * Pauses double, with jitter, so that everybody who follows a run does not come back at the same instant.
 */
export async function patiently<T>(io: Io, ask: () => Promise<T>): Promise<T> {
  const from = io.clock.now()
  for (let attempt = 0; ; attempt += 1) {
    try {
      const answer = await ask()
      if (attempt > 0) io.err('The mothership answers again.\n')
      return answer
    } catch (error) {
      const over = io.clock.now() - from >= givingUpMs
      if (over || !(error instanceof CommandFailure) || !error.passing) throw error
      if (attempt === 0) io.err(`${error.message}\nTrying again for ${givingUpMs / 60_000} minutes.\n`)
    }
    await io.clock.sleep(pauseMs(attempt), io.signal)
  }
}

/** The pause after a number of failed attempts: half of it fixed, half of it by chance. */
export function pauseMs(attempt: number): number {
  const longest = Math.min(firstPauseMs * 2 ** Math.min(attempt, 20), longestPauseMs)
  return longest / 2 + (Math.random() * longest) / 2
}
