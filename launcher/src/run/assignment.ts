import { randomBytes } from 'node:crypto'
import type { Job } from '../../../protocol/job.ts'
import { LauncherError } from '../base/errors.ts'
import type { LogBytes } from './control.ts'
import { Ending } from './ending.ts'
import type { Assignment, ConductorParts, JobInHand } from './job-in-hand.ts'
import type { Journal } from './journal/journal.ts'
import { secretsOf } from './job-secrets.ts'
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
  if (journal.before.records.length === 0) await journal.write({ version: 1, kind: 'accepted', at: parts.clock.now() })
  const ending = new Ending(signal)
  const delivery = new AbortController()
  const lost = new Stop('job-lost')
  const control = watchedControl(parts.control, () => {
    ending.end(lost)
    delivery.abort(lost)
  })
  return { id: job, journal, ending, delivery, hurry, control, operator: parts.log.child({ job }) }
}

/** Fetches the job's document and opens its log. Rejects with the ending's Stop, or as JobControl does. */
export async function takeInHand(parts: ConductorParts, assignment: Assignment): Promise<JobInHand> {
  const { id, control, ending, delivery, journal, operator } = assignment
  const job = await control.fetch(id, ending.signal)
  const again = journal.before.existed
  const offset = again ? await control.logHeld(id, ending.signal) : 0
  const word = randomBytes(16).toString('hex')
  const failed = (error: unknown) => operator.warn({ err: error }, 'phase not reported')
  const reports = new Reports({ job: id, control, journal, clock: parts.clock, signal: delivery.signal, failed })
  const log = parts.openLog({
    run: job.run,
    stack: job.stack.id,
    word,
    secrets: secretsOf(job, parts.settings),
    offset,
    signal: delivery.signal,
    send: (range, signal) => sendLog({ ...assignment, reports }, range, signal),
  })
  if (again) await log.line('The launcher was restarted before the run was started; it begins again')
  const directories = jobDirectories(parts.settings.directory, id)
  return { ...assignment, job, tool: toolOf(parts, job), directories, log, reports, word }
}

async function sendLog(
  { id, control, operator, reports }: Assignment & Pick<JobInHand, 'reports'>,
  range: LogBytes,
  signal: AbortSignal,
): Promise<number> {
  await reports.heardBefore(range.offset + range.bytes.byteLength)
  try {
    return await control.appendLog(id, range, signal)
  } catch (error) {
    if (!signal.aborted) operator.warn({ err: error }, 'the rest of the log is refused')
    throw error
  }
}

function toolOf({ tools }: ConductorParts, job: Job): Tool {
  const tool = tools.get(job.tool.name)
  if (tool) return tool
  throw new LauncherError('TOOL_UNAVAILABLE', `This launcher does not know the tool ${job.tool.name}.`)
}
