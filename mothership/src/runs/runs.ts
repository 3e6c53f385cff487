import type { Caller } from '../api/services.ts'
import { Refusal } from '../base/errors.ts'
import type { LogView, NewRun, Person, RunAdministration, RunView, TransitionView } from '../graphql/services.ts'
import type { Tables } from '../store/store.ts'
import type { Assignment } from './assign.ts'
import { interrupt } from './interrupt.ts'
import type { RunLogs, Stay } from './logs.ts'
import { makeRun } from './make-run.ts'
import { move } from './move.ts'
import { checkNewRun, kindAsBefore, kindOf, metadataProblems, refuseProblems } from './new-run.ts'
import type { RunParts } from './parts.ts'
import { isTerminal, type RunEvent } from './states.ts'
import type { RunFilter, RunRecord } from './table.ts'
import { transitionViewOf, viewOf } from './view.ts'

type Wish = Person & { readonly note?: string | undefined }

/** The runs, as people and tools ask for them, decide about them and look at them. */
export class Runs implements RunAdministration {
  readonly #parts: RunParts
  readonly #assignment: Assignment
  readonly #logs: RunLogs

  constructor(parts: RunParts, assignment: Assignment, logs: RunLogs) {
    this.#parts = parts
    this.#assignment = assignment
    this.#logs = logs
  }

  async trigger(run: NewRun, by: Person): Promise<RunView> {
    const id = this.#parts.newId()
    await this.#parts.store.transaction(async (tables) => {
      const stack = await tables.stacks.get(run.stack)
      if (stack === null) throw new Refusal('not-found', `stack ${run.stack} not found`)
      if (stack.pool === null) throw new Refusal('conflict', `stack ${run.stack} is in no pool: nobody would run it`)
      const { snapshot } = stack
      checkNewRun(run, snapshot.source)
      const how = { id, at: this.#parts.clock.now(), by: by.id, note: null, snapshot }
      await makeRun(tables, kindOf(run, stack.pool, snapshot), how)
    })
    return this.#dispatched(id)
  }

  async retry(stack: string, run: string, by: Person): Promise<RunView> {
    const id = this.#parts.newId()
    await this.#parts.store.transaction(async (tables) => {
      const before = await find(tables, stack, run)
      if (!isTerminal(before.state))
        throw new Refusal('conflict', `run ${run} is ${before.state}; retry needs one that is over`)
      const snapshot = await tables.runs.snapshot(run)
      if (snapshot === null) throw new Error(`run ${run} without its snapshot`)
      if (snapshot.source.kind === 'archive' && (await tables.sources.get(snapshot.source.id)) === null) {
        throw new Refusal('conflict', `run ${run}: its source is not kept any more; trigger a new run`)
      }
      const how = { id, at: this.#parts.clock.now(), by: by.id, note: `retry of run ${run}`, snapshot }
      await makeRun(tables, kindAsBefore(before), how)
    })
    return this.#dispatched(id)
  }

  async confirm(
    stack: string,
    run: string,
    by: Person & { readonly metadata?: readonly string[] | undefined },
  ): Promise<RunView> {
    const given = by.metadata ?? []
    refuseProblems(metadataProblems(given))
    await this.#parts.store.transaction(async (tables) => {
      const found = await find(tables, stack, run)
      const { triggered, confirmed } = found.metadata
      const changes = { metadata: { triggered, confirmed: [...confirmed, ...given] } }
      const at = this.#parts.clock.now()
      await move(tables, found, { event: 'confirm', cause: { at, by: by.id, note: null, changes } })
    })
    return this.#dispatched(run)
  }

  discard(stack: string, run: string, by: Person): Promise<RunView> {
    return this.#decide({ stack, run, by }, 'discard')
  }

  cancel(stack: string, run: string, by: Person): Promise<RunView> {
    return this.#decide({ stack, run, by }, 'cancel')
  }

  async #decide({ stack, run, by }: { stack: string; run: string; by: Person }, event: RunEvent): Promise<RunView> {
    await this.#parts.store.transaction(async (tables) => {
      const found = await find(tables, stack, run)
      const at = this.#parts.clock.now()
      await move(tables, found, { event, cause: { at, by: by.id, note: null } })
    })
    return this.#dispatched(run)
  }

  stop(stack: string, run: string, by: Wish): Promise<RunView> {
    return this.#interrupt({ stack, run, by }, 'stop')
  }

  kill(stack: string, run: string, by: Wish): Promise<RunView> {
    return this.#interrupt({ stack, run, by }, 'kill')
  }

  async #interrupt(
    { stack, run, by }: { stack: string; run: string; by: Wish },
    kind: 'stop' | 'kill',
  ): Promise<RunView> {
    const order = { kind, by: by.id, note: by.note || `${kind === 'stop' ? 'stopped' : 'killed'} by ${by.name}` }
    const worker = await this.#parts.store.transaction(async (tables) => {
      const found = await find(tables, stack, run)
      const job = await tables.jobs.liveOfRun(run)
      await interrupt(tables, found, { order, at: this.#parts.clock.now() })
      return job && ({ pool: job.pool, worker: job.worker } satisfies Caller)
    })
    if (worker) this.#parts.bell.ring(worker)
    return this.#dispatched(run)
  }

  async prioritize(stack: string, run: string, prioritize: boolean): Promise<RunView> {
    const changed = await this.#parts.store.transaction(async (tables) => {
      const found = await find(tables, stack, run)
      if (isTerminal(found.state))
        throw new Refusal('conflict', `run ${run} is ${found.state}; prioritize needs one that is not over`)
      await tables.runs.update(run, { prioritized: prioritize })
      return { ...found, prioritized: prioritize }
    })
    return viewOf(changed)
  }

  get(run: string): Promise<RunView | null> {
    return this.#parts.store.read(async (tables) => {
      const found = await tables.runs.get(run)
      return found && viewOf(found)
    })
  }

  list(filter: RunFilter): Promise<readonly RunView[]> {
    return this.#parts.store.read(async (tables) => (await tables.runs.list(filter)).map(viewOf))
  }

  history(run: string): Promise<readonly TransitionView[]> {
    return this.#parts.store.read(async (tables) => {
      const transitions = await tables.runs.transitions(run)
      return transitions.map(transitionViewOf).reverse()
    })
  }

  queue(pool: string): Promise<readonly RunView[]> {
    return this.#parts.store.read(async (tables) => {
      const working = await tables.runs.working(pool)
      return [...working, ...(await tables.runs.waiting(pool))].map(viewOf)
    })
  }

  pending(pool: string): Promise<number> {
    return this.#parts.store.read((tables) => tables.runs.countWaiting(pool))
  }

  log(run: string, state: Stay, token: string | null): Promise<LogView> {
    return this.#logs.read(run, state, token)
  }

  /** Lets runs go where the change made that possible, and answers the run as it is then. */
  async #dispatched(id: string): Promise<RunView> {
    await this.#assignment.dispatch()
    const run = await this.#parts.store.read((tables) => tables.runs.get(id))
    if (run === null) throw new Error(`run ${id} is gone`)
    return viewOf(run)
  }
}

async function find(tables: Tables, stack: string, id: string): Promise<RunRecord> {
  const run = await tables.runs.get(id)
  if (run?.stack === stack) return run
  throw new Refusal('not-found', `run ${id} not found in stack ${stack}`)
}
