import type { Outcome } from '../../../protocol/report.ts'
import type { Clock } from '../base/clock.ts'
import { LauncherError } from '../base/errors.ts'
import { reportsOf } from './assignment.ts'
import type { JobContainer } from './container.ts'
import { within } from './deadline.ts'
import type { Assignment, ConductorParts, JobInHand } from './job-in-hand.ts'
import type { FinishedReport, LogEnd } from './reports.ts'
import { jobDirectories, removeDirectories } from './workspace/directories.ts'

/** How long the ends of a job may take, in milliseconds. */
export const deadlines = {
  container: 2 * 60_000,
  workspace: 10 * 60_000,
  /** A control plane that is away for a day has forgotten the job; until then its end is worth waiting for. */
  delivery: 24 * 60 * 60_000,
  /** A launcher that must go leaves the rest to its successor, which finds it in the journal. */
  hurriedDelivery: 60_000,
} as const

/** What is left of a job when it was performed. */
export interface Performed {
  readonly outcome: Outcome | { readonly bug: unknown }
  readonly container: JobContainer
}

/**
 * Cleans up after a job and reports it, last. The outcome is in the journal before anything is removed. Nothing here
 * stops because another thing failed: what is left over is told to the operator and swept at the next start. Rejects
 * with a bug only.
 */
export async function concludeJob(
  parts: ConductorParts,
  hand: JobInHand,
  { outcome, container }: Performed,
): Promise<void> {
  const lost = isLost(hand)
  const bug = 'bug' in outcome
  // The rest of the log sets out first, and is on its way while everything else is done.
  const flushed = lost || bug ? null : attempt(hand, 'log', () => deliver(parts, hand, () => hand.log.flush()))
  // Before the end is written down: an end that the journal has, it has with all of the log.
  if (!lost) await attempt(hand, 'log', () => hand.journal.keepTail(hand.log.unsent()))
  const report = lost || bug ? null : await attempt(hand, 'journal', () => hand.reports.ended(outcome, hand.log))
  await clearJob(parts, hand, container)
  await flushed
  if (bug) throw outcome.bug
  if (report) await finish(parts, hand, { ...report, logLength: hand.log.length, lostBytes: hand.log.lostBytes })
  else await attempt(hand, 'journal', () => hand.journal.remove())
  hand.delivery.abort()
  hand.operator.info({ run: hand.job.run, ...endOf(outcome, lost) }, 'job ended')
}

function endOf({ result, failure }: Outcome, lost = false): { outcome: string; failure: string | null } {
  return { outcome: lost ? 'lost' : result, failure: failure?.code ?? null }
}

/** Removes what a job had on the machine. The workspace goes last: while its container is there, something may still write into it. */
export async function clearJob(
  { clock, settings }: ConductorParts,
  hand: Assignment,
  container: JobContainer,
): Promise<void> {
  const ms = deadlines.container
  await attempt(hand, 'container', () =>
    within({ clock, ms, what: 'removing the container' }, () => container.remove()),
  )
  await attempt(hand, 'workspace', () =>
    within({ clock, ms: deadlines.workspace, what: 'removing the workspace' }, () =>
      removeDirectories(jobDirectories(settings.directory, hand.id)),
    ),
  )
}

/** Reports a job that could not even be read. */
export async function dropJob(parts: ConductorParts, assignment: Assignment, outcome: Outcome): Promise<void> {
  if (isLost(assignment)) return await assignment.journal.remove()
  const reports = reportsOf(parts, assignment)
  const nothing: LogEnd = { length: 0, lostBytes: 0 }
  await finish(parts, { ...assignment, reports }, await reports.ended(outcome, nothing))
  assignment.operator.info(endOf(outcome), 'job ended')
}

/** Reports a job that could not even be written down: nothing was done about it. */
export async function refuseJob({ clock, control, log }: ConductorParts, job: string, outcome: Outcome): Promise<void> {
  const report = { kind: 'finished', sequence: 1, at: clock.now(), outcome, logLength: 0, lostBytes: 0 } as const
  try {
    const deadline = { clock, ms: deadlines.hurriedDelivery, what: 'the delivery' }
    await within(deadline, (signal) => control.report(job, report, signal))
  } catch (error) {
    log.error({ err: error, job }, 'refusal of the job not reported')
  }
}

/**
 * Sends the last report; the journal is kept for the next start if it was not heard, and forgotten if it will never be.
 */
async function finish(
  parts: { readonly clock: Clock },
  hand: Assignment & Pick<JobInHand, 'reports'>,
  report: FinishedReport,
): Promise<void> {
  try {
    await deliver(parts, hand, (signal) => hand.reports.finish(report, signal))
  } catch (error) {
    const final = error instanceof LauncherError && !error.retry
    if (!isLost(hand)) hand.operator.error({ err: error, final }, 'end of the job not reported')
    if (!final && !isLost(hand)) return
  }
  await attempt(hand, 'journal', () => hand.journal.write({ kind: 'reported' }))
  await attempt(hand, 'journal', () => hand.journal.remove())
}

/**
 * What goes to the control plane is tried for a day, or shortly if the launcher must go or has a successor; it ends if
 * the job is lost.
 */
export function deliver<T>(
  { clock }: { readonly clock: Clock },
  { ending, delivery, hurry }: Assignment,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { stop } = ending
  const hurriedMs = stop?.haste?.deliveryMs ?? deadlines.hurriedDelivery
  const ms = stop?.cause === 'launcher-stopping' ? hurriedMs : deadlines.delivery
  const deadline = { clock, ms, what: 'the delivery', hurry: { signal: hurry, ms: hurriedMs } }
  return within(deadline, (signal) => work(AbortSignal.any([signal, delivery.signal])))
}

function isLost({ ending, delivery }: Assignment): boolean {
  return delivery.signal.aborted || ending.stop?.cause === 'job-lost'
}

async function attempt<T>({ operator }: Assignment, what: string, work: () => Promise<T>): Promise<T | null> {
  try {
    return await work()
  } catch (error) {
    operator.error({ err: error, what }, 'could not clean up after the job')
    return null
  }
}
