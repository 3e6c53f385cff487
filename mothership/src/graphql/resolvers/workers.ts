import { Refusal } from '../../base/errors.ts'
import type { Known, RootFields } from '../asked.ts'
import { seconds, secondsOrNull } from '../seconds.ts'
import type { WorkerView } from '../services.ts'

/** A worker as the schema has it. */
export function workerObject(worker: WorkerView) {
  return {
    id: worker.id,
    busy: worker.busy,
    drained: worker.drained,
    status: worker.status,
    metadata: JSON.stringify(worker.metadata),
    job: worker.job,
    createdAt: seconds(worker.createdAt),
    seenAt: seconds(worker.seenAt),
    availableAt: secondsOrNull(worker.availableAt),
  }
}

/** What can be done with a worker. */
export const workerFields = {
  async workerDrainSet({ workerPool, id, drain }: { workerPool: string; id: string; drain: boolean }, asked: Known) {
    const worker = await asked.rooms.workers.setDrained(workerPool, id, drain)
    if (!worker) throw new Refusal('not-found', `worker ${id} of pool ${workerPool} not found`)
    return workerObject(worker)
  },
} as const satisfies RootFields<Known>
