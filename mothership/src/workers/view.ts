import type { Orders } from '../../../protocol/worker.ts'
import type { WorkerView } from '../graphql/services.ts'
import type { WorkerRecord } from './table.ts'

/** What moves with a worker and is not in its record. */
export interface Present {
  readonly job: string | null
  readonly seenAt: number
}

/** A worker as people and tools see it. One that is stopping counts as drained: it takes no job either. */
export function viewOf(worker: WorkerRecord, { job, seenAt }: Present): WorkerView {
  const drained = worker.drained || worker.draining
  const status = job !== null ? 'BUSY' : drained ? 'DRAINED' : 'IDLE'
  return {
    id: worker.id,
    pool: worker.pool,
    status,
    busy: job !== null,
    drained,
    metadata: worker.metadata,
    job,
    createdAt: worker.createdAt,
    seenAt,
    availableAt: worker.idleSince,
  }
}

/** What is true for a worker. */
export function ordersOf(worker: WorkerRecord, job: Orders['job']): Orders {
  return { drained: worker.drained, job, leave: worker.leave }
}
