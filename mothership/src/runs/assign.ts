import type { Caller } from '../api/services.ts'
import type { Tables } from '../store/store.ts'
import { move } from './move.ts'
import type { RunParts } from './parts.ts'
import { nextStretch } from './phases.ts'
import type { JobRecord, RunRecord } from './table.ts'

/*
 * INVARIANTS
 * 1. A job is with one worker, from its making to its end: a run that goes to another worker gets another job.
 * 2. A worker holds at most one live job, and a run has at most one. (Unique indexes hold this too.)
 * 3. At most one claim is ever granted the start of a job, and a run whose job was granted a start never goes back to the queue:
 *    what was started is started once.
 * 4. A worker that is drained, draining, away, silent, leaving or gone is given nothing, from the moment in which that was written.
 * 5. A stack is held by at most one TRACKED, TASK or DESTROY run. (A unique index holds this too.)
 * 6. Every run is over, waits for a person, is with a worker that has a lease, or is in the queue and goes out when a worker is free.
 *
 * They hold because a run and a worker are picked and bound in one transaction, transactions are one at a time, and every change of a
 * worker's fitness, of a lease and of a run is a transaction as well. The bell rings after the commit; a lost ring costs time only.
 */

/** Silent workers that the next sweep has not found yet may stand before a ready one. */
const candidates = 100

/** Gives waiting runs to free workers. */
export class Assignment {
  readonly #parts: RunParts

  constructor(parts: RunParts) {
    this.#parts = parts
  }

  /**
   * To be called after every change that may let a run go to a worker. Never rejects: what was asked for is done and committed by then, and
   * the sweep dispatches again.
   */
  async dispatch(): Promise<void> {
    try {
      const pools = await this.#parts.store.read((tables) => tables.runs.poolsWaiting())
      for (const pool of pools) await this.#dispatchIn(pool)
    } catch (error) {
      this.#parts.warn(error, 'dispatch')
    }
  }

  async #dispatchIn(pool: string): Promise<void> {
    const { store, bell } = this.#parts
    for (;;) {
      const given = await store.transaction((tables) => this.#assignNext(tables, pool))
      if (given === null) return
      bell.ring(given.worker, given.job)
    }
  }

  async #assignNext(tables: Tables, pool: string): Promise<{ worker: Caller; job: string } | null> {
    const run = await tables.runs.firstWaiting(pool)
    const worker = run && (await this.#freeWorker(tables, pool))
    if (!run || !worker) return null
    const job = await this.#newJob(tables, run, worker)
    await tables.jobs.insert(job)
    await tables.workers.update(worker, { idleSince: null })
    const cause = { at: job.createdAt, by: null, note: null, job: { id: job.id, worker, logOffset: 0 } }
    await move(tables, run, { event: 'assigned', cause })
    return { worker: { pool, worker }, job: job.id }
  }

  async #freeWorker(tables: Tables, pool: string): Promise<string | null> {
    const free = await tables.workers.free(pool, candidates)
    return free.find((worker) => this.#parts.pulse.isReady(worker)) ?? null
  }

  async #newJob(tables: Tables, run: RunRecord, worker: string): Promise<JobRecord> {
    return {
      id: this.#parts.newId(),
      run: run.id,
      pool: run.pool,
      worker,
      attempt: (await tables.jobs.countOfRun(run.id)) + 1,
      ...nextStretch({ ...run, confirmed: run.pausedJob !== null }),
      continues: run.pausedJob,
      ...untouched,
      createdAt: this.#parts.clock.now(),
    }
  }
}

const untouched = {
  claim: null,
  startedAt: null,
  stop: null,
  lastReport: 0,
  logLength: 0,
  lostBytes: 0,
  workspaceKept: false,
  workspace: null,
  endedAt: null,
  end: null,
} as const
