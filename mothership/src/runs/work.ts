import type { Orders } from '../../../protocol/worker.ts'
import type { Clock } from '../base/clock.ts'
import type { Tables } from '../store/store.ts'
import type { Work } from '../workers/parts.ts'
import type { Assignment } from './assign.ts'
import { takeBack } from './end-job.ts'
import { stoppable } from './states.ts'

/** What the workers need of the runs. */
export class RunWork implements Work {
  readonly #assignment: Assignment
  readonly #clock: Clock

  constructor(assignment: Assignment, clock: Clock) {
    this.#assignment = assignment
    this.#clock = clock
  }

  async order(tables: Tables, worker: string): Promise<Orders['job']> {
    const job = await tables.jobs.liveOfWorker(worker)
    if (job === null) return null
    if (job.stop === null || job.stop.kind === 'kill') return { id: job.id, stop: job.stop }
    // A stop that came too late: the run has begun to change things, and to break that off takes a kill.
    const run = await tables.runs.get(job.run)
    return { id: job.id, stop: run && stoppable.includes(run.state) ? job.stop : null }
  }

  async wasTaken(tables: Tables, job: string): Promise<boolean> {
    return (await tables.jobs.get(job))?.end === 'taken'
  }

  takeBack(tables: Tables, worker: string, reason: string): Promise<void> {
    return takeBack(tables, worker, { reason, at: this.#clock.now() })
  }

  dispatch(): Promise<void> {
    return this.#assignment.dispatch()
  }
}
