import { LauncherError } from '../base/errors.ts'
import { takeInHand } from './assignment.ts'
import { JobContainer } from './container.ts'
import { clearJob, deliver, dropJob } from './conclusion.ts'
import { DeadlinePassed } from './deadline.ts'
import type { Endgame } from './endgame.ts'
import type { Assignment, ConductorParts, JobInHand, Started } from './job-in-hand.ts'
import { outcomeOfError, Stop } from './outcome.ts'
import { rescueState } from './rescue.ts'
import { runIn } from './journal/recovery.ts'

/**
 * Takes a job in hand. Null: that was not possible, and the job is reported and cleared up; or it is left to the next launcher with this
 * directory. A container that an earlier launcher started is ended all the while if the job is to end, also if the control plane is away.
 */
export async function takeOver(
  parts: ConductorParts,
  assignment: Assignment,
  endgame: Endgame,
): Promise<JobInHand | null> {
  const { started, ending } = assignment
  if (started) endgame.guard(started.container.id)
  try {
    if (!started) return await takeInHand(parts, assignment, ending.signal)
    return await deliver(parts, assignment, (signal) => takeInHand(parts, assignment, signal))
  } catch (error) {
    if (!started) await dropJob(parts, assignment, outcomeOfError(error))
    else if (error instanceof DeadlinePassed) await endgame.over()
    else await giveUp(parts, assignment, { started, endgame, error })
    return null
  }
}

/** The document of a job whose container was started cannot be had: without it, its log cannot be made, nor its workspace handed on. */
async function giveUp(
  parts: ConductorParts,
  assignment: Assignment,
  { started, endgame, error }: { readonly started: Started; readonly endgame: Endgame; readonly error: unknown },
): Promise<void> {
  const { id, ending, journal, control, operator } = assignment
  const outcome = outcomeOfError(error)
  ending.end(new Stop('launcher-stopping'))
  await ended(parts, started.container.id, endgame)
  await endgame.over()
  const { clock, settings } = parts
  const run = runIn(journal.before.records) ?? id
  await rescueState({ clock, settings, job: id, run, control, operator }, started.container.state)
  const container = new JobContainer(parts, assignment)
  container.found(started.container.id)
  await clearJob(parts, assignment, container)
  await dropJob(parts, assignment, outcome)
}

/** Resolves when the container has ended, or can't be ended. */
async function ended({ engine }: ConductorParts, container: string, { lost }: Endgame): Promise<void> {
  try {
    if ((await engine.inspect(container)).state === 'running') await engine.wait(container, lost)
  } catch (error) {
    if (!lost.aborted && !(error instanceof LauncherError)) throw error
  }
}
