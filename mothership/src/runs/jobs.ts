import type { Readable } from 'node:stream'
import type { Job } from '../../../protocol/job.ts'
import type { Report, Stored } from '../../../protocol/report.ts'
import type { Caller, Download, JobService, LogPiece } from '../api/services.ts'
import { Refusal } from '../base/errors.ts'
import type { Tables } from '../store/store.ts'
import type { Assignment } from './assign.ts'
import { compileJob } from './compile.ts'
import { endJob } from './end-job.ts'
import { hear } from './hear.ts'
import { JobLog } from './job-log.ts'
import { storeResults } from './job-results.ts'
import { move } from './move.ts'
import { jobInHand } from './own-job.ts'
import type { JobParts } from './parts.ts'
import type { Transfers } from './transfers.ts'

/** What a worker does with the job that it has in hand. */
export class Jobs implements JobService {
  readonly #parts: JobParts
  readonly #assignment: Assignment
  readonly #transfers: Transfers
  readonly #log: JobLog

  constructor(parts: JobParts, assignment: Assignment, transfers: Transfers) {
    this.#parts = parts
    this.#assignment = assignment
    this.#transfers = transfers
    this.#log = new JobLog(parts.store, parts.objects)
  }

  /** The job with its secrets opened. A stack whose secrets do not open fails its run: no other worker would get further. */
  async document(caller: Caller, id: string): Promise<Job> {
    const found = await this.#parts.store.read((tables) => ingredientsOf(tables, caller, id))
    const { job, run, snapshot, continues } = found
    let stack
    try {
      stack = this.#parts.openSnapshot(snapshot)
    } catch (error) {
      this.#parts.warn(error, `open the stack of run ${run.id}`)
      await this.#failUnopened(caller, id)
      throw new Refusal('job-lost', `run ${run.id}: the secrets of its stack do not open`, { cause: error })
    }
    const state = stack.state === 'elsewhere' ? null : this.#parts.stateAccess(run.stack, run.id, job.createdAt)
    const oidcToken = this.#parts.proveIdentity(run, job, stack)
    return compileJob({ run, job, stack, continues, state, oidcToken, account: this.#parts.account })
  }

  async #failUnopened(caller: Caller, id: string): Promise<void> {
    const at = this.#parts.clock.now()
    await this.#parts.store.transaction(async (tables) => {
      const { job, run } = await ingredientsOf(tables, caller, id)
      await endJob(tables, job, { end: 'taken', at })
      const note = 'the secrets of the stack do not open: apply the stack again'
      await move(tables, run, { event: 'failed', cause: { at, by: null, note } })
    })
    await this.#assignment.dispatch()
  }

  /** The permission to start, given to one claim for ever. From here on the run is never given to another worker. */
  async start(caller: Caller, id: string, claim: string): Promise<void> {
    const startedAt = this.#parts.clock.now()
    await this.#parts.store.transaction(async (tables) => {
      const job = await jobInHand(tables, caller, id)
      if (job.claim === claim) return
      if (job.claim !== null) throw new Refusal('already-started', `job ${id} was started under another claim`)
      await tables.jobs.update(id, { claim, startedAt })
    })
  }

  async report(caller: Caller, job: string, report: Report): Promise<void> {
    const at = this.#parts.clock.now()
    await this.#parts.store.transaction((tables) => hear(tables, { caller, job, report, at }))
    if (report.kind === 'finished') await this.#assignment.dispatch()
  }

  logHeld(caller: Caller, job: string): Promise<number> {
    return this.#log.held(caller, job)
  }

  appendLog(caller: Caller, job: string, piece: LogPiece): Promise<number> {
    return this.#log.append(caller, job, piece)
  }

  source(caller: Caller, job: string): Promise<Download> {
    return this.#transfers.source(caller, job)
  }

  workspace(caller: Caller, job: string): Promise<Download> {
    return this.#transfers.workspace(caller, job)
  }

  storeWorkspace(caller: Caller, job: string, content: Readable): Promise<Stored> {
    return this.#transfers.storeWorkspace(caller, job, content)
  }

  storeResults(caller: Caller, job: string, content: Readable): Promise<Stored> {
    return storeResults(this.#parts, { caller, job }, content)
  }

  storeErroredState(caller: Caller, job: string, content: Readable): Promise<Stored> {
    return this.#transfers.storeErroredState(caller, job, content)
  }
}

async function ingredientsOf(tables: Tables, caller: Caller, id: string) {
  const job = await jobInHand(tables, caller, id)
  const run = await tables.runs.get(job.run)
  const snapshot = await tables.runs.snapshot(job.run)
  if (run === null || snapshot === null) throw new Error(`job ${id} without its run`)
  const paused = job.continues === null ? null : await tables.jobs.get(job.continues)
  return { job, run, snapshot, continues: paused?.workspace ?? null }
}
