import type { Phase } from '../../../protocol/job.ts'
import type { Report } from '../../../protocol/report.ts'
import type { Caller } from '../api/services.ts'
import { Refusal } from '../base/errors.ts'
import type { Tables } from '../store/store.ts'
import { endJob } from './end-job.ts'
import { move } from './move.ts'
import { judge } from './outcome.ts'
import { ownJob, stillInHand } from './own-job.ts'
import { next } from './states.ts'
import type { JobRecord, RunRecord } from './table.ts'

/** A report, whose it is, and when it came by our own clock: a worker's clock may be wrong, and the history must stay in order. */
export interface Heard {
  readonly caller: Caller
  readonly job: string
  readonly report: Report
  readonly at: number
}

type PhaseReport = Extract<Report, { kind: 'phase' }>
type FinishedReport = Extract<Report, { kind: 'finished' }>

interface Subject {
  readonly job: JobRecord
  readonly run: RunRecord
  readonly at: number
}

/** Acts on a report once, however often it comes. */
export async function hear(tables: Tables, { caller, job: id, report, at }: Heard): Promise<void> {
  const job = await ownJob(tables, caller, id)
  if (report.sequence <= job.lastReport) return
  stillInHand(job)
  const run = await tables.runs.get(job.run)
  if (run === null) throw new Error(`job ${id} without its run`)
  const subject = { job, run, at }
  if (report.kind === 'phase') await hearPhase(tables, subject, report)
  else await hearFinished(tables, subject, report)
}

async function hearPhase(tables: Tables, { job, run, at }: Subject, report: PhaseReport): Promise<void> {
  const refusal = whyNot({ job, run, at }, report.phase)
  if (refusal !== null) throw new Refusal('bad-request', `report ${report.sequence} of job ${job.id}: ${refusal}`)
  const beginning = { id: job.id, worker: job.worker, logOffset: await atLeastLast(tables, run, report.logOffset) }
  await tables.jobs.update(job.id, { lastReport: report.sequence })
  await move(tables, run, { event: report.phase, cause: { at, by: null, note: null, job: beginning } })
}

/** A confirmation is never passed: a phase that is not this job's does not happen, whatever the table allows. */
function whyNot({ job, run }: Subject, phase: Phase): string | null {
  if (job.claim === null) return `phase ${phase} before the start was granted`
  if (!job.phases.includes(phase)) return `phase ${phase} is not one of this job's: ${job.phases.join(', ')}`
  if (next(run.type, run.state, phase) === null) return `phase ${phase} cannot follow ${run.state}`
  return null
}

/** Phases begin in order, so that each one's log is a piece of the job's. */
async function atLeastLast(tables: Tables, run: RunRecord, offset: number): Promise<number> {
  const last = (await tables.runs.transitions(run.id)).at(-1)
  return Math.max(offset, last?.logOffset ?? 0)
}

async function hearFinished(tables: Tables, { job, run, at }: Subject, report: FinishedReport): Promise<void> {
  if (report.logLength > job.logLength) {
    const message = `job ${job.id} has ${report.logLength} bytes of log, ${job.logLength} are held`
    throw new Refusal('log-incomplete', message, { held: job.logLength })
  }
  const { event, by, note } = judge(job, run, report.outcome)
  const { sequence: lastReport, lostBytes } = report
  await tables.jobs.update(job.id, { lastReport, lostBytes })
  await endJob(tables, job, { end: 'reported', at })
  const changes = event === 'paused' ? { pausedJob: job.id } : {}
  await move(tables, run, { event, cause: { at, by, note: withLoss(note, lostBytes), changes } })
}

function withLoss(note: string | null, lostBytes: number): string | null {
  if (lostBytes === 0) return note
  const loss = `${lostBytes} bytes of output could not be kept`
  return note === null ? loss : `${note}; ${loss}`
}
