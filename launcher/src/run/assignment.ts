import { randomBytes } from 'node:crypto'
import type { Job } from '../../../protocol/job.ts'
import { LauncherError } from '../base/errors.ts'
import type { LogBytes } from './control.ts'
import { Ending } from './ending.ts'
import type { Assignment, ConductorParts, JobInHand, Started } from './job-in-hand.ts'
import type { Journal } from './journal/journal.ts'
import type { JournalRecord } from './journal/journal-record.ts'
import { acceptedIn, decideRecovery, endingIn, logIn } from './journal/recovery.ts'
import { secretsOf } from './job-secrets.ts'
import type { JobLogParts, OwnLine } from './log.ts'
import { Stop } from './outcome.ts'
import { Reports } from './reports.ts'
import type { Tool } from './tool.ts'
import { watchedControl } from './watched-control.ts'
import { jobDirectories } from './workspace/directories.ts'

/** Opens a job's journal, and ties together what can end the job. */
export async function assign(
  parts: ConductorParts,
  journals: Journal,
  { job, signal, hurry }: { readonly job: string; readonly signal: AbortSignal; readonly hurry: AbortSignal },
): Promise<Assignment> {
  const journal = await journals.open(job)
  if (journal.before.records.length === 0) await journal.write({ kind: 'accepted', at: parts.clock.now() })
  const started = startedIn(journal.before.records)
  const ending = new Ending(signal)
  // It was being ended: that goes on, for the same reason.
  if (started?.ending) ending.end(started.ending.stop)
  const delivery = new AbortController()
  const lost = new Stop('job-lost')
  const control = watchedControl(parts.control, () => {
    ending.end(lost)
    delivery.abort(lost)
  })
  return { id: job, journal, started, ending, delivery, hurry, control, operator: parts.log.child({ job }) }
}

function startedIn(records: readonly JournalRecord[]): Started | null {
  const recovery = decideRecovery(records)
  if (recovery.do !== 'resume') return null
  const { container, reports } = recovery
  return { container, reports, ending: endingIn(records), acceptedAt: acceptedIn(records) }
}

/** Fetches the job's document and opens its log. Rejects with the signal's reason, or as JobControl does. */
export async function takeInHand(
  parts: ConductorParts,
  assignment: Assignment,
  signal: AbortSignal,
): Promise<JobInHand> {
  const { id, control, journal, started } = assignment
  const job = await control.fetch(id, signal)
  const { existed } = journal.before
  const held = existed ? await control.logHeld(id, signal) : 0
  const word = started?.container.word ?? randomBytes(16).toString('hex')
  const reports = reportsOf(parts, assignment)
  const log = parts.openLog(logParts(parts, assignment, { job, held, word, reports }))
  if (started) await log.line('The launcher was restarted; it goes on with the run')
  else if (existed) {
    await journal.write({ kind: 'log', offset: held, since: null })
    await log.line('The launcher was restarted before the run was started; it begins again')
  }
  const directories = jobDirectories(parts.settings.directory, id)
  return { ...assignment, job, tool: toolOf(parts, job), directories, log, reports, word }
}

/** The reports of a job, after those that an earlier launcher made of it. */
export function reportsOf({ clock }: ConductorParts, assignment: Assignment): Reports {
  const { id, control, delivery, journal, operator, started } = assignment
  const failed = (error: unknown) => operator.warn({ err: error }, 'phase not reported')
  const earlier = started?.reports ?? []
  return new Reports({ job: id, control, journal, clock, signal: delivery.signal, earlier, failed })
}

interface LogAbout extends Pick<JobInHand, 'job' | 'word' | 'reports'> {
  /** Bytes of the log that the far end has. */
  readonly held: number
}

/** The log of a container that an earlier launcher started is made again from where that one began; any other begins, or goes on behind what is held. */
function logParts(
  { settings }: ConductorParts,
  assignment: Assignment,
  { job, held, word, reports }: LogAbout,
): JobLogParts {
  const { journal, delivery, operator, started } = assignment
  const written = logIn(journal.before.records)
  const noted = ({ offset, text }: OwnLine) =>
    void journal
      .note({ kind: 'line', offset, text })
      .catch((error: unknown) => operator.warn({ err: error }, 'line not noted'))
  return {
    run: job.run,
    stack: job.stack.id,
    word,
    secrets: secretsOf(job, settings),
    wellKnown: job.maskWellKnown ?? false,
    offset: started ? written.begins.offset : held,
    again: started && { held, lines: written.lines },
    noted,
    signal: delivery.signal,
    send: (range, sending) => sendLog({ ...assignment, reports }, range, sending),
  }
}

async function sendLog(
  { id, control, journal, operator, reports }: Assignment & Pick<JobInHand, 'reports'>,
  range: LogBytes,
  signal: AbortSignal,
): Promise<number> {
  // The far end must hold no line that the journal does not: a successor could not make it again.
  await journal.settled()
  await reports.heardBefore(range.offset + range.bytes.byteLength)
  try {
    return await control.appendLog(id, range, signal)
  } catch (error) {
    if (!signal.aborted) operator.warn({ err: error }, 'the rest of the log is refused')
    throw error
  }
}

/** The tool of a job. Throws TOOL_UNAVAILABLE for one that is not known here. */
export function toolOf({ tools }: Pick<ConductorParts, 'tools'>, job: Job): Tool {
  const tool = tools.get(job.tool.name)
  if (tool) return tool
  throw new LauncherError('TOOL_UNAVAILABLE', `This launcher does not know the tool ${job.tool.name}.`)
}
