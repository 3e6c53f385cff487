import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { ulid } from 'ulid'
import { Agent, request, type Dispatcher } from 'undici'
import { workerHeader } from '../../../protocol/calls.ts'
import type { Job } from '../../../protocol/job.ts'
import type { Orders } from '../../../protocol/worker.ts'
import { HeldRings } from '../../../mothership/src/api/held-rings.ts'
import { createLaunchersApi, launcherRoutes } from '../../../mothership/src/api/launchers.ts'
import { apiLimits, type ApiLimits } from '../../../mothership/src/api/limits.ts'
import type { Caller, Download, JobService, LogPiece, WorkerService } from '../../../mothership/src/api/services.ts'
import { systemClock } from '../../../mothership/src/base/clock.ts'
import { Refusal } from '../../../mothership/src/base/errors.ts'
import { createLog } from '../../../mothership/src/base/log.ts'
import { ThrowawayAuthority, type Identity } from '../../fakes/certificates.ts'

/** Made once for a test file. */
export function apiCertificates() {
  const authority = new ThrowawayAuthority('authority of the API tests')
  return {
    authority,
    server: authority.issue({ name: 'server' }),
    first: authority.issue({ name: 'first pool' }),
    second: authority.issue({ name: 'second pool' }),
    replaced: authority.issue({ name: 'replaced certificate' }),
    expired: authority.issue({ name: 'expired', from: Date.now() - 7_200_000, until: Date.now() - 3_600_000 }),
    stranger: new ThrowawayAuthority('stranger').issue({ name: 'stranger' }),
  }
}

const orders: Orders = { drained: false, job: null, leave: null }

/** Services that know one worker for each pool, one job, and what they were asked. */
export class FakeServices implements WorkerService, JobService {
  readonly calls: { call: string; caller: Caller | string; more: unknown }[] = []
  readonly workers = new Map<string, string>()
  readonly log = { held: 0, pieces: [] as LogPiece[] }
  download: Download = { length: 0, content: Readable.from([]) }
  stored: Buffer | undefined
  /** Thrown by the next call. */
  failure: Error | undefined
  /** Awaited by every call but authentication. */
  pause: Promise<unknown> = Promise.resolve()

  async #heard(call: string, caller: Caller | string, more?: unknown): Promise<void> {
    this.calls.push({ call, caller, more })
    await this.pause
    if (this.failure !== undefined) throw this.failure
  }

  async register(...[pool, registration]: Parameters<WorkerService['register']>) {
    await this.#heard('register', pool, registration)
    const topics = { readonly: 'r', writeonly: 'w' }
    return { worker: ulid(), pool, session: 'new', topics, heartbeatSeconds: 10, leaseSeconds: 60 }
  }
  async authenticate({ pool, worker }: Caller, session: string) {
    return this.workers.get(worker) === pool && session === `session of ${worker}`.replaceAll(' ', '-')
  }
  async heartbeat(...[caller, heartbeat]: Parameters<WorkerService['heartbeat']>) {
    await this.#heard('heartbeat', caller, heartbeat)
    return orders
  }
  async orders(caller: Caller) {
    await this.#heard('orders', caller)
    return orders
  }
  goodbye = (...[caller, goodbye]: Parameters<WorkerService['goodbye']>) => this.#heard('goodbye', caller, goodbye)
  crashed = (caller: Caller) => this.#heard('crashed', caller)
  returned = (caller: Caller) => this.#heard('returned', caller)
  lost = (caller: Caller, since: number) => this.#heard('lost', caller, since)
  async document(caller: Caller, job: string) {
    await this.#heard('document', caller, job)
    return { id: job } as Job
  }
  start = (caller: Caller, job: string, claim: string) => this.#heard('start', caller, { job, claim })
  report = (...[caller, job, report]: Parameters<JobService['report']>) =>
    this.#heard('report', caller, { job, report })
  async logHeld(caller: Caller, job: string) {
    await this.#heard('logHeld', caller, job)
    return this.log.held
  }
  async appendLog(caller: Caller, job: string, piece: LogPiece) {
    await this.#heard('appendLog', caller, job)
    if (piece.range.offset > this.log.held) throw new Refusal('log-incomplete', 'a gap', { held: this.log.held })
    this.log.pieces.push(piece)
    this.log.held = piece.range.offset + piece.range.length
    return this.log.held
  }
  async source(caller: Caller, job: string) {
    await this.#heard('source', caller, job)
    return this.download
  }
  async workspace(caller: Caller, job: string) {
    await this.#heard('workspace', caller, job)
    return this.download
  }
  async storeWorkspace(caller: Caller, job: string, content: Readable) {
    await this.#heard('storeWorkspace', caller, job)
    return this.#store(content)
  }
  async storeErroredState(caller: Caller, job: string, content: Readable) {
    await this.#heard('storeErroredState', caller, job)
    return this.#store(content)
  }
  async storeResults(caller: Caller, job: string, content: Readable) {
    await this.#heard('storeResults', caller, job)
    return this.#store(content)
  }
  async #store(content: Readable) {
    const bytes = await buffer(content)
    this.stored = bytes
    return { length: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
  }
}

/** The launchers' API on loopback, with two pools, and a worker in each. */
export async function apiWorld(certificates: ReturnType<typeof apiCertificates>, limits: Partial<ApiLimits> = {}) {
  const { authority, server, first, second } = certificates
  const pools = { first: ulid(), second: ulid() }
  const services = new FakeServices()
  const api = createLaunchersApi({
    identity: { key: server.privateKey, certificate: server.certificate, authority: authority.certificate },
    doorway: { addresses: ['127.0.0.1'], port: 0, label: 'the launchers’ API' },
    log: createLog('silent'),
    limits: { ...apiLimits, ...limits },
  })
  const rings = new HeldRings(systemClock)
  rings.open({ came: async () => {}, lost: async () => {}, failed: () => {} })
  const over = new AbortController()
  const sweeping = rings.run(over.signal).catch(() => {})
  await launcherRoutes(api, {
    rings,
    pools: {
      poolOf: async (fingerprint) => {
        if (fingerprint === first.fingerprint) return pools.first
        return fingerprint === second.fingerprint ? pools.second : null
      },
    },
    workers: services,
    jobs: services,
  })
  const port = await api.bind()
  await api.open()
  const agents: Agent[] = []
  const agentOf = (identity: Identity | null) => {
    const agent = new Agent({
      connect: {
        ca: authority.certificate,
        ...(identity && { key: identity.privateKey, cert: identity.certificate }),
      },
    })
    agents.push(agent)
    return agent
  }
  const workerOf = (pool: string) => {
    const worker = ulid()
    services.workers.set(worker, pool)
    return worker
  }
  const worker = workerOf(pools.first)
  const headers = { [workerHeader]: worker, authorization: `Bearer session-of-${worker}` }
  const dispatcher = agentOf(first)
  return {
    api,
    port,
    pools,
    services,
    rings,
    worker,
    workerOf,
    agentOf,
    /** What the worker of the first pool sends along. */
    headers,
    /** A call, by default as the worker of the first pool. */
    async call(method: Dispatcher.HttpMethod, path: string, options: Partial<Dispatcher.RequestOptions> = {}) {
      const { headers: more, ...rest } = options
      const answer = await request(`https://localhost:${port}${path}`, {
        dispatcher,
        method,
        headers: { ...headers, ...(more as Record<string, string>) },
        ...rest,
      } as Parameters<typeof request>[1])
      const text = await answer.body.text()
      const json = () =>
        JSON.parse(text) as { error?: { code: string; message: string; held?: number } } & Record<string, unknown>
      return { status: answer.statusCode, headers: answer.headers, text, json }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(agents.map((agent) => agent.destroy()))
      over.abort()
      await sweeping
      rings.stop()
      await api.stop()
    },
  }
}

/** Options for a JSON body. */
export function json(value: unknown) {
  return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) }
}
