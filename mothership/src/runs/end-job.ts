import type { Tables } from '../store/store.ts'
import { move } from './move.ts'
import type { RunEvent } from './states.ts'
import type { JobEnd, JobRecord, RunRecord } from './table.ts'

/** A run that was given out so often and never once started is failed: something about it ends every worker that takes it. */
export const maxUnstartedJobs = 20

/** Ends a job and frees its worker. The run is the caller's to move, in the same transaction. */
export async function endJob(tables: Tables, job: JobRecord, { end, at }: { end: JobEnd; at: number }): Promise<void> {
  await tables.jobs.update(job.id, { end, endedAt: at })
  await tables.workers.update(job.worker, { idleSince: at })
}

/**
 * Takes a worker's job from it, if it has one. A job that was never granted a start has done nothing, so its run goes back to the queue,
 * where it keeps its age. After the start nobody knows what was done: the run is failed, and not done again.
 */
export async function takeBack(tables: Tables, worker: string, { reason, at }: Loss): Promise<void> {
  const job = await tables.jobs.liveOfWorker(worker)
  const run = job && (await tables.runs.get(job.run))
  if (!job || !run) return
  const { event, effect } = fateOf(job, await unstartedInARow(tables, run, job))
  await endJob(tables, job, { end: 'taken', at })
  await move(tables, run, { event, cause: { at, by: null, note: `${reason}; ${effect}` } })
}

function fateOf(job: JobRecord, unstarted: number): { event: RunEvent; effect: string } {
  if (job.claim !== null) return { event: 'failed', effect: 'what the run had done until then is in its log' }
  if (unstarted < maxUnstartedJobs) {
    return { event: 'returned', effect: 'nothing was started, so the run waits for another worker' }
  }
  return { event: 'failed', effect: `it was the worker number ${unstarted} in a row that did not start the run` }
}

/** Why a worker loses its job, and when. */
export interface Loss {
  readonly reason: string
  readonly at: number
}

/** The jobs of a stretch are numbered on from those before a pause, which were started. */
async function unstartedInARow(tables: Tables, run: RunRecord, job: JobRecord): Promise<number> {
  const paused = run.pausedJob === null ? null : await tables.jobs.get(run.pausedJob)
  return job.attempt - (paused?.attempt ?? 0)
}
