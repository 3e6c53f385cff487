import type { Orders } from '../../../protocol/worker.ts'
import type { Bell } from '../api/services.ts'
import type { Clock } from '../base/clock.ts'
import type { Store, Tables } from '../store/store.ts'
import type { Pulse } from './pulse.ts'

/** The database, as the rooms of workers and runs use it. */
export type Records = Pick<Store, 'read' | 'transaction'>

/** What workers need of those who give them work. */
export interface Work {
  /** The job that a worker is to have in hand. */
  order(tables: Tables, worker: string): Promise<Orders['job']>
  /** Whether a job was taken from its worker, which may not know it yet. */
  wasTaken(tables: Tables, job: string): Promise<boolean>
  /** Takes a worker's job from it, if it has one: back to the queue if it was never started, else failed. `reason` is for the run's owner. */
  takeBack(tables: Tables, worker: string, reason: string): Promise<void>
  /** Gives waiting runs to free workers. Never rejects. */
  dispatch(): Promise<void>
}

/** What `Workers` is built from. */
export interface WorkerParts {
  readonly store: Records
  readonly clock: Clock
  readonly bell: Bell
  readonly pulse: Pulse
  readonly work: Work
  /** A new ULID, greater than every earlier one. */
  readonly newId: () => string
  readonly heartbeatSeconds: number
  readonly leaseSeconds: number
}
