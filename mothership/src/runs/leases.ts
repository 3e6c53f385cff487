import type { Clock } from '../base/clock.ts'
import type { Tables } from '../store/store.ts'
import type { Records } from '../workers/parts.ts'
import type { Pulse } from '../workers/pulse.ts'
import { takeBack } from './end-job.ts'
import type { JobRecord } from './table.ts'

/** What leases are kept by. */
export interface LeaseParts {
  readonly store: Records
  readonly clock: Clock
  readonly pulse: Pulse
  readonly leaseMs: number
}

/**
 * Takes jobs from workers that were not heard for longer than their lease, and from those that are heard and say that they do not
 * have the job that they were given. Leases live in memory (pulse.ts), so that they all begin anew when the mothership starts.
 */
export class Leases {
  readonly #parts: LeaseParts

  constructor(parts: LeaseParts) {
    this.#parts = parts
  }

  /** Each worker in a transaction of its own, so that others do not wait for all of them. */
  async sweep(): Promise<void> {
    const { store } = this.#parts
    const { present, live } = await store.read(async (tables) => ({
      present: await tables.workers.present(),
      live: await tables.jobs.live(),
    }))
    for (const { id } of present) {
      if (!this.#parts.pulse.isAlive(id)) await store.transaction((tables) => this.#expire(tables, id))
    }
    for (const job of live) {
      if (this.#isLeftLying(job)) await store.transaction((tables) => this.#takeLeftLying(tables, job.id))
    }
  }

  /** A worker that speaks again is heard by now: then it keeps what it has. */
  async #expire(tables: Tables, worker: string): Promise<void> {
    const { pulse, clock, leaseMs } = this.#parts
    if (pulse.isAlive(worker)) return
    const at = clock.now()
    const seconds = Math.floor(pulse.silence(worker) / 1000)
    const reason = `worker ${worker} was silent for ${seconds} s, longer than its lease of ${leaseMs / 1000} s`
    await takeBack(tables, worker, { reason, at })
    await tables.workers.update(worker, { presence: 'silent', updatedAt: at })
    pulse.forget(worker)
  }

  async #takeLeftLying(tables: Tables, id: string): Promise<void> {
    const job = await tables.jobs.get(id)
    if (job === null || job.endedAt !== null || !this.#isLeftLying(job)) return
    const reason = `worker ${job.worker} said for ${this.#parts.leaseMs / 1000} s that it does not have the job`
    await takeBack(tables, job.worker, { reason, at: this.#parts.clock.now() })
  }

  /** Heartbeats from before it got the job do not count. */
  #isLeftLying(job: JobRecord): boolean {
    const { pulse, clock, leaseMs } = this.#parts
    return pulse.without(job.worker, job.id) > leaseMs && clock.now() - job.createdAt > leaseMs
  }
}
