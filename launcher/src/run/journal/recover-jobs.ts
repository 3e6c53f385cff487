import { randomBytes } from 'node:crypto'
import type { Report } from '../../../../protocol/report.ts'
import { LauncherError } from '../../base/errors.ts'
import { removeContainers } from '../container.ts'
import type { ConductorParts } from '../job-in-hand.ts'
import type { JobLogParts } from '../log.ts'
import { outcomeOfError } from '../outcome.ts'
import { directoryLabel } from '../plan.ts'
import { withStateKept } from '../rescue.ts'
import { jobDirectories, jobsWithDirectories, removeDirectories } from '../workspace/directories.ts'
import { endStarted } from './end-started.ts'
import type { JournaledJob, Journal } from './journal.ts'
import { deliverTail } from './log-tail.ts'
import { decideRecovery, runIn, type Recovery } from './recovery.ts'

/** A job, what is to be done about it, and what became of its state if that was left behind. */
interface Found extends JournaledJob {
  readonly recovery: Recovery
  readonly rescued: Awaited<ReturnType<typeof endStarted>>
}

/**
 * Clears up after an earlier launcher that had this directory, by its journal. What it started is ended first; then all
 * containers and directories go, whatever the journal says, because this launcher has started nothing yet; then the
 * reports. Answers the newest job that can be conducted again. Rejects with the signal's reason, or if the engine or
 * the disk cannot be used.
 */
export async function recoverJobs(
  parts: ConductorParts,
  journal: Journal,
  signal: AbortSignal,
): Promise<string | null> {
  const found: Found[] = []
  for (const job of await journal.jobs((name) => parts.log.warn({ name }, 'journal set aside'))) {
    const recovery = decideRecovery(job.records)
    parts.log.info({ job: job.job, do: recovery.do }, 'job of an earlier launcher')
    found.push({ ...job, recovery, rescued: recovery.do === 'fail' ? await endStarted(parts, job) : null })
  }
  await sweep(parts)
  let again: string | null = null
  for (const job of found) {
    if (!(await settle({ ...parts, journal }, job, signal))) await journal.remove(job.job)
    else again = await replaced(journal, again, job.job)
  }
  return again
}

async function sweep(parts: ConductorParts): Promise<void> {
  const { directory } = parts.settings
  const containers = await removeContainers(parts, { managed: 'true', directory: directoryLabel(directory) })
  const leftovers = await jobsWithDirectories(directory)
  for (const job of leftovers) await removeDirectories(jobDirectories(directory, job))
  if (containers + leftovers.length === 0) return
  parts.log.info({ containers, directories: leftovers.length }, 'leftovers removed')
}

/** One job at a time: of two that could be conducted again, the older one has been given to somebody else long ago. */
async function replaced(journal: Journal, older: string | null, job: string): Promise<string> {
  if (older !== null) await journal.remove(older)
  return job
}

/** Does what is to be done about a job; answers whether it can be conducted again. */
async function settle(
  parts: ConductorParts & { readonly journal: Journal },
  found: Found,
  signal: AbortSignal,
): Promise<boolean> {
  const { job, recovery } = found
  if (recovery.do === 'again') return true
  if (recovery.do === 'forget') return false
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
  return false
}

const restarted = 'The launcher was restarted while the run was in progress; the run was ended'

/** Says in the log what happened, and answers its length then. */
async function writeOff(parts: ConductorParts, { job, records, rescued }: Found, signal: AbortSignal): Promise<number> {
  const offset = await parts.control.logHeld(job, signal)
  const send: JobLogParts['send'] = (range, sending) => parts.control.appendLog(job, range, sending)
  const word = randomBytes(16).toString('hex')
  const log = parts.openLog({ run: runIn(records) ?? job, stack: null, word, secrets: [], offset, signal, send })
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
