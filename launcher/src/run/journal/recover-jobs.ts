import { randomBytes } from 'node:crypto'
import type { Report } from '../../../../protocol/report.ts'
import { LauncherError } from '../../base/errors.ts'
import { removeContainers } from '../container.ts'
import type { ConductorParts } from '../job-in-hand.ts'
import type { JobLogParts } from '../log.ts'
import { outcomeOfError } from '../outcome.ts'
import { directoryLabel, labels } from '../plan.ts'
import { withStateKept } from '../rescue.ts'
import { jobDirectories, jobsWithDirectories, removeDirectories } from '../workspace/directories.ts'
import { endStarted } from './end-started.ts'
import type { JournaledJob, Journal } from './journal.ts'
import { deliverTail } from './log-tail.ts'
import { decideRecovery, reportsIn, runIn, type Recovery } from './recovery.ts'

/** A job, and what is to be done about it. */
interface Decided extends JournaledJob {
  readonly recovery: Recovery
}

/** The same, and what became of its state if that was left behind. */
interface Found extends Decided {
  readonly rescued: Awaited<ReturnType<typeof endStarted>>
}

/** The job that is to be conducted. */
interface Chosen {
  readonly job: string
  /** Its container, if that was started. */
  readonly container: string | null
}

/**
 * Clears up after an earlier launcher that had this directory, by its journal. What it started and nobody goes on with is ended first; then all
 * containers and directories but those of the job that goes on, whatever the journal says, because this launcher has started nothing yet;
 * then the reports. Answers the newest job that can be conducted, on or again. Rejects with the signal's reason, or if the engine
 * or the disk cannot be used.
 */
export async function recoverJobs(
  parts: ConductorParts,
  journal: Journal,
  signal: AbortSignal,
): Promise<string | null> {
  const jobs = await journal.jobs((name) => parts.log.warn({ name }, 'journal set aside'))
  const decided: Decided[] = []
  for (const job of jobs) decided.push({ ...job, recovery: await decide(parts, job) })
  const chosen = choose(decided)
  for (const { job, recovery } of decided) parts.log.info({ job, do: recovery.do }, 'job of an earlier launcher')
  const over: Found[] = []
  for (const job of decided) if (job.job !== chosen?.job) over.push(await ended(parts, job))
  await sweep(parts, chosen)
  for (const job of over) {
    await settle({ ...parts, journal }, job, signal)
    await journal.remove(job.job)
  }
  return chosen?.job ?? null
}

/** Ends what a job that nobody goes on with has started. */
async function ended(parts: ConductorParts, job: Decided): Promise<Found> {
  const recovery = withoutConducting(job.recovery)
  return { ...job, recovery, rescued: recovery.do === 'fail' ? await endStarted(parts, job) : null }
}

/** A container that runs, or ran, was started, even if a damaged journal does not know. */
async function decide({ engine }: ConductorParts, { job, records }: JournaledJob): Promise<Recovery> {
  const recovery = decideRecovery(records)
  if (recovery.do !== 'again') return recovery
  const reports = reportsIn(records)
  for (const { id } of await engine.list({ [labels.job]: job })) {
    const { state } = await engine.inspect(id)
    if (state === 'running' || state === 'exited') return { do: 'fail', reports }
  }
  return recovery
}

/** One job at a time: of two that could be conducted, the older one has been given to somebody else long ago. */
function choose(jobs: readonly Decided[]): Chosen | null {
  const last = jobs.findLast(({ recovery }) => recovery.do === 'again' || recovery.do === 'resume')
  if (!last) return null
  return { job: last.job, container: last.recovery.do === 'resume' ? last.recovery.container.id : null }
}

function withoutConducting(recovery: Recovery): Recovery {
  if (recovery.do === 'again') return { do: 'forget' }
  return recovery.do === 'resume' ? { do: 'fail', reports: recovery.reports } : recovery
}

async function sweep(parts: ConductorParts, chosen: Chosen | null): Promise<void> {
  const { directory } = parts.settings
  const kept = chosen?.container ?? null
  const containers = await removeContainers(parts, { managed: 'true', directory: directoryLabel(directory) }, kept)
  const leftovers = (await jobsWithDirectories(directory)).filter((job) => kept === null || job !== chosen?.job)
  for (const job of leftovers) await removeDirectories(jobDirectories(directory, job))
  if (containers + leftovers.length === 0) return
  parts.log.info({ containers, directories: leftovers.length }, 'leftovers removed')
}

/** Does what is to be done about a job that is over. */
async function settle(
  parts: ConductorParts & { readonly journal: Journal },
  found: Found,
  signal: AbortSignal,
): Promise<void> {
  const { job, recovery } = found
  if (!('reports' in recovery)) return
  try {
    const fails = recovery.do === 'fail'
    const held = fails
      ? await writeOff(parts, found, signal)
      : await deliverTail({ job, control: parts.control, signal }, await parts.journal.tail(job))
    const reports = fails ? [...recovery.reports, failed(parts, found, held)] : recovery.reports
    for (const report of reports) await parts.control.report(job, heldTo(report, held), signal)
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof LauncherError)) throw error
    // Lost, or refused for good: there is nobody to tell.
    parts.log.warn({ err: error, job }, 'job of an earlier launcher not reported')
  }
}

const restarted = 'The launcher was restarted while the run was in progress; the run was ended'

/** Says in the log what happened, and answers its length then. */
async function writeOff(parts: ConductorParts, { job, records, rescued }: Found, signal: AbortSignal): Promise<number> {
  const offset = await parts.control.logHeld(job, signal)
  const send: JobLogParts['send'] = (range, sending) => parts.control.appendLog(job, range, sending)
  const word = randomBytes(16).toString('hex')
  const about = { run: runIn(records) ?? job, stack: null, word, secrets: [], offset, again: null, noted: () => {} }
  const log = parts.openLog({ ...about, signal, send })
  await log.line(restarted)
  if (rescued) await log.line(rescued.says)
  await log.flush()
  return log.length
}

function failed({ clock }: ConductorParts, { recovery, rescued }: Found, held: number): Report {
  const reports = 'reports' in recovery ? recovery.reports : []
  const sequence = Math.max(0, ...reports.map((report) => report.sequence)) + 1
  const failure = outcomeOfError(new LauncherError('LAUNCHER_RESTARTED', `${restarted}.`))
  const outcome = rescued && !rescued.delivered ? withStateKept(failure, rescued.says) : failure
  return { kind: 'finished', sequence, at: clock.now(), outcome, logLength: held, lostBytes: 0 }
}

/**
 * The earlier launcher took part of the log with it: a last report must not count more than is held, and says what is
 * missing.
 */
function heldTo(report: Report, held: number): Report {
  if (report.kind !== 'finished' || report.logLength <= held) return report
  return { ...report, logLength: held, lostBytes: report.lostBytes + report.logLength - held }
}
