import type { Caller } from '../api/services.ts'
import { Refusal } from '../base/errors.ts'
import type { Tables } from '../store/store.ts'
import type { JobRecord } from './table.ts'

/** The caller's job, live or ended by its own report: then a call whose answer was lost can be answered once more. Else `job-lost`. */
export async function ownJob(tables: Tables, caller: Caller, id: string): Promise<JobRecord> {
  const job = await tables.jobs.get(id)
  if (job !== null && isOwn(job, caller) && job.end !== 'taken') return job
  throw lost(id)
}

/** The caller's live job. Else `job-lost`. */
export async function jobInHand(tables: Tables, caller: Caller, id: string): Promise<JobRecord> {
  return stillInHand(await ownJob(tables, caller, id))
}

/** A job that the caller was granted the start of, whatever became of it. Else `job-lost`. */
export async function startedJob(tables: Tables, caller: Caller, id: string): Promise<JobRecord> {
  const job = await tables.jobs.get(id)
  if (job !== null && isOwn(job, caller) && job.claim !== null) return job
  throw lost(id)
}

/** Refuses (`job-lost`) a job that has ended. */
export function stillInHand(job: JobRecord): JobRecord {
  if (job.endedAt === null) return job
  throw lost(job.id)
}

function isOwn(job: JobRecord, caller: Caller): boolean {
  return job.worker === caller.worker && job.pool === caller.pool
}

function lost(id: string): Refusal {
  return new Refusal('job-lost', `job ${id} is not this worker's, or not any more: end it and report nothing`)
}
