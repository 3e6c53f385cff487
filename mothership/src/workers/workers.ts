import type { Goodbye, Heartbeat, Orders, Registered, Registration } from '../../../protocol/worker.ts'
import { workerTopics } from '../../../protocol/topics.ts'
import type { Caller, WorkerService } from '../api/services.ts'
import { Refusal } from '../base/errors.ts'
import type { Person, WorkerAdministration, WorkerView } from '../graphql/services.ts'
import { newSecret, secretHash } from '../secrets/secret-hash.ts'
import type { Tables } from '../store/store.ts'
import { checkProtocol, findKnown, firstSeen, isSessionOf, type Newcomer, renewed } from './introduction.ts'
import type { WorkerParts } from './parts.ts'
import type { WorkerRecord } from './table.ts'
import { ordersOf, viewOf } from './view.ts'

/**
 * The workers: who they are, whether they are there, and what they are told. Whatever makes a worker unfit for a job is written in a
 * transaction, and jobs are given in transactions, so that neither ever sees half of the other.
 */
export class Workers implements WorkerService, WorkerAdministration {
  readonly #parts: WorkerParts

  constructor(parts: WorkerParts) {
    this.#parts = parts
  }

  async register(pool: string, registration: Registration): Promise<Registered> {
    checkProtocol(registration)
    const { store, pulse, work, clock, heartbeatSeconds, leaseSeconds } = this.#parts
    const session = newSecret()
    const newcomer = { registration, session: secretHash(session), at: clock.now() }
    const worker = await store.transaction((tables) => this.#introduce(tables, pool, newcomer))
    pulse.forget(worker)
    pulse.heard(worker)
    await work.dispatch()
    return { worker, pool, session, topics: workerTopics(pool, worker), heartbeatSeconds, leaseSeconds }
  }

  async #introduce(tables: Tables, pool: string, newcomer: Newcomer): Promise<string> {
    const known = await findKnown(tables, pool, newcomer.registration)
    const worker = known ? renewed(known, newcomer) : firstSeen(this.#parts.newId(), pool, newcomer)
    await (known ? tables.workers.update(worker.id, worker) : tables.workers.insert(worker))
    return worker.id
  }

  async authenticate(caller: Caller, session: string): Promise<boolean> {
    const worker = await this.#parts.store.read((tables) => tables.workers.get(caller.worker))
    return worker !== null && worker.pool === caller.pool && isSessionOf(worker, session)
  }

  /** Writes only what changed, which for most heartbeats is nothing. */
  async heartbeat(caller: Caller, heartbeat: Heartbeat): Promise<Orders> {
    const { store, pulse, work } = this.#parts
    const { worker, order, clinging } = await store.read((tables) => this.#lookUp(tables, caller, heartbeat))
    const wasReady = pulse.isReady(caller.worker)
    const newest = pulse.beat(caller.worker, { ...heartbeat, clinging })
    const unchanged = !newest || (worker.presence === 'here' && worker.draining === heartbeat.draining)
    // One that was silent, or ended a job that was taken from it, was passed over by every dispatch until now.
    const readyAgain = !wasReady && pulse.isReady(caller.worker)
    if (unchanged && !readyAgain) return ordersOf(worker, order)
    if (!unchanged) await store.transaction((tables) => this.#reappear(tables, caller, heartbeat.draining))
    await work.dispatch()
    return this.orders(caller)
  }

  async #lookUp(tables: Tables, caller: Caller, heartbeat: Heartbeat) {
    const { work } = this.#parts
    const worker = await known(tables, caller)
    const order = await work.order(tables, worker.id)
    const { job } = heartbeat
    const clinging = job !== null && job !== order?.id && (await work.wasTaken(tables, job))
    return { worker, order, clinging }
  }

  async #reappear(tables: Tables, caller: Caller, draining: boolean): Promise<void> {
    await known(tables, caller)
    await tables.workers.update(caller.worker, { draining, presence: 'here', updatedAt: this.#parts.clock.now() })
  }

  orders(caller: Caller): Promise<Orders> {
    return this.#parts.store.read(async (tables) => {
      const worker = await known(tables, caller)
      return ordersOf(worker, await this.#parts.work.order(tables, worker.id))
    })
  }

  async goodbye(caller: Caller, { reason }: Goodbye): Promise<void> {
    const { store, pulse, work, clock } = this.#parts
    await store.transaction(async (tables) => {
      const worker = await tables.workers.get(caller.worker)
      if (worker === null || worker.presence === 'left') return
      await work.takeBack(tables, worker.id, `worker ${worker.id} left: ${reason}`)
      await tables.workers.update(worker.id, { presence: 'left', updatedAt: clock.now() })
    })
    pulse.forget(caller.worker)
    await work.dispatch()
  }

  async crashed(caller: Caller): Promise<void> {
    const { store, clock } = this.#parts
    await store.transaction(async (tables) => {
      const worker = await tables.workers.get(caller.worker)
      if (worker?.presence !== 'here') return
      await tables.workers.update(worker.id, { presence: 'away', updatedAt: clock.now() })
    })
  }

  async returned(caller: Caller): Promise<void> {
    const { store, clock, work } = this.#parts
    const away = await store.read((tables) => tables.workers.get(caller.worker))
    if (away?.presence !== 'away') return
    await store.transaction(async (tables) => {
      const worker = await tables.workers.get(caller.worker)
      if (worker?.presence !== 'away') return
      await tables.workers.update(caller.worker, { presence: 'here', updatedAt: clock.now() })
    })
    await work.dispatch()
  }

  async lost(caller: Caller, since: number): Promise<void> {
    if (this.#parts.pulse.heardAt(caller.worker) <= since) await this.crashed(caller)
  }

  list(pool?: string): Promise<readonly WorkerView[]> {
    const { store, pulse } = this.#parts
    return store.read(async (tables) => {
      const jobs = new Map((await tables.jobs.live()).map((job) => [job.worker, job.id]))
      const present = await tables.workers.present(pool)
      return present
        .map((worker) => this.#view(worker, jobs.get(worker.id) ?? null))
        .filter((worker) => worker.busy || pulse.isAlive(worker.id))
    })
  }

  async setDrained(pool: string, id: string, drained: boolean): Promise<WorkerView | null> {
    const { store, bell, work, clock } = this.#parts
    const changed = await store.transaction(async (tables) => {
      const worker = await tables.workers.get(id)
      if (worker === null || worker.pool !== pool || isGone(worker)) return null
      await tables.workers.update(id, { drained, updatedAt: clock.now() })
      const job = await tables.jobs.liveOfWorker(id)
      return this.#view({ ...worker, drained }, job?.id ?? null)
    })
    if (changed === null) return null
    bell.ring({ pool, worker: id })
    await work.dispatch()
    return changed
  }

  cycle(pool: string, by: Person): Promise<void> {
    return this.tellToLeave(pool, `the pool was cycled by ${by.name}`)
  }

  /** Orders every worker of a pool to end its process; none of them gets a job any more. Also for a pool that is reset or deleted. */
  async tellToLeave(pool: string, reason: string): Promise<void> {
    const { store, bell, clock } = this.#parts
    const told = await store.transaction(async (tables) => {
      const workers = await tables.workers.present(pool)
      for (const { id } of workers) await tables.workers.update(id, { leave: reason, updatedAt: clock.now() })
      return workers
    })
    for (const { id } of told) bell.ring({ pool, worker: id })
  }

  #view(worker: WorkerRecord, job: string | null): WorkerView {
    return viewOf(worker, { job, seenAt: this.#parts.pulse.heardAt(worker.id) })
  }
}

/** The caller's own record. One that said goodbye is not known any more. */
async function known(tables: Tables, caller: Caller): Promise<WorkerRecord> {
  const worker = await tables.workers.get(caller.worker)
  if (worker !== null && worker.pool === caller.pool && worker.presence !== 'left') return worker
  throw new Refusal('unknown-worker', `worker ${caller.worker} is not known in this pool: register again`)
}

function isGone(worker: WorkerRecord): boolean {
  return worker.presence === 'silent' || worker.presence === 'left'
}
