import type { StopOrder } from '../../../protocol/worker.ts'
import { Refusal } from '../base/errors.ts'
import type { Tables } from '../store/store.ts'
import { endJob } from './end-job.ts'
import { move } from './move.ts'
import { type RunState, stoppable, working } from './states.ts'
import type { RunRecord } from './table.ts'

/** Somebody's wish that a run ends, and when it came. */
export interface Interruption {
  readonly order: StopOrder
  readonly at: number
}

/**
 * Stops or kills a run. One that was started is its worker's to end: the order goes there, and the outcome comes back as a report. One that
 * was not is over at once: the worker is refused the start. A confirmed run that waits for a worker can only be killed.
 */
export async function interrupt(tables: Tables, run: RunRecord, { order, at }: Interruption): Promise<void> {
  checkInterruptible(run, order.kind)
  const over = { at, by: order.by, note: order.note }
  if (run.state === 'CONFIRMED') {
    await move(tables, run, { event: 'kill', cause: over })
    return
  }
  const job = await tables.jobs.liveOfRun(run.id)
  if (job === null) throw new Error(`run ${run.id} is ${run.state} without a job`)
  if (job.claim === null) {
    await endJob(tables, job, { end: 'taken', at })
    await move(tables, run, { event: 'stopped', cause: over })
  } else if (job.stop === null || (job.stop.kind === 'stop' && order.kind === 'kill')) {
    await tables.jobs.update(job.id, { stop: order })
  }
}

function checkInterruptible(run: RunRecord, kind: StopOrder['kind']): void {
  const open: readonly RunState[] = kind === 'stop' ? stoppable : [...working, 'CONFIRMED']
  if (open.includes(run.state)) return
  throw new Refusal('conflict', `run ${run.id} is ${run.state}; ${kind} needs ${open.join(' or ')}`)
}
