import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { ulid } from 'ulid'
import { workerHeader } from '../../protocol/calls.ts'
import type { Job } from '../../protocol/job.ts'
import { encodeMessage } from '../../protocol/messages.ts'
import { encodeToken, tokenVersion, type Token } from '../../protocol/token.ts'
import { workerTopics } from '../../protocol/topics.ts'
import {
  checkGoodbye,
  checkHeartbeat,
  checkRegistration,
  type Orders,
  type Registered,
  type Registration,
  type StopOrder,
} from '../../protocol/worker.ts'
import { Refusal } from '../../mothership/src/base/errors.ts'
import { HeldRings } from '../../mothership/src/api/held-rings.ts'
import { systemClock, type Clock } from '../../mothership/src/base/clock.ts'
import { ThrowawayAuthority, type Identity } from './certificates.ts'
import { Faults } from './faults.ts'
import { jobCall, type HeldJob } from './held-job.ts'
import { LoopbackBroker } from './loopback-broker.ts'
import { fail, parsed, Refused, refusedAs, send, type Reply } from './replies.ts'

export interface ControlPlaneOptions {
  readonly heartbeatSeconds?: number
  readonly leaseSeconds?: number
  /** Made once for a file of tests: keys are what takes long. */
  readonly certificates?: Certificates
  /** By which questions for rings are held. */
  readonly ringClock?: Clock
}

/** The authority, and who it vouches for. */
export interface Certificates {
  readonly authority: ThrowawayAuthority
  readonly server: Identity
  readonly pool: Identity
  readonly poolId: string
}

export function makeCertificates(): Certificates {
  const authority = new ThrowawayAuthority()
  const poolId = ulid()
  return { authority, server: authority.issue({ name: 'localhost' }), pool: authority.issue({ name: poolId }), poolId }
}

/** A call that was heard, before any fault. */
export interface Heard {
  readonly method: string
  readonly path: string
  readonly worker: string | null
  /** Of the certificate that the caller showed: lower-case hexadecimal SHA-256. */
  readonly fingerprint: string
  /** Parsed if it is JSON. */
  readonly body: unknown
  readonly bytes: Buffer
}

interface Known {
  registered: Registered
  readonly registration: Registration
  drained: boolean
  job: string | null
  stop: StopOrder | null
  leave: string | null
}

/**
 * A control plane on loopback that speaks the whole protocol of launchers: HTTPS and a broker, both with client certificates. It records what
 * it hears, decides nothing by itself, and fails when told to.
 */
export class FakeControlPlane {
  readonly certificates: Certificates
  readonly broker: LoopbackBroker
  readonly faults = new Faults()
  readonly heard: Heard[] = []
  readonly jobs = new Map<string, HeldJob>()
  readonly workers = new Map<string, Known>()
  readonly goodbyes: string[] = []
  /** The mothership's own. */
  readonly rings: HeldRings
  /** Workers that asked for rings, and ask no more. */
  readonly lost: string[] = []
  /** Set: registrations of this protocol are refused. */
  otherProtocol = false
  port = 0
  readonly #options: ControlPlaneOptions
  readonly #over = new AbortController()
  readonly #sockets = new Set<TLSSocket>()
  #server: Server | null = null
  #holds: { readonly pattern: RegExp; readonly until: Promise<void> }[] = []

  private constructor(options: ControlPlaneOptions) {
    this.#options = options
    this.certificates = options.certificates ?? makeCertificates()
    this.rings = new HeldRings(options.ringClock ?? systemClock)
    const lost = async ({ worker }: { readonly worker: string }) => void this.lost.push(worker)
    this.rings.open({ came: async () => {}, lost, failed: () => {} })
    this.rings.run(this.#over.signal).catch(() => {})
    const { authority, server, poolId } = this.certificates
    this.broker = new LoopbackBroker({
      identity: server,
      authority: authority.certificate,
      pool: poolId,
      sessionOf: (worker) => this.workers.get(worker)?.registered.session ?? null,
    })
  }

  static async start(options: ControlPlaneOptions = {}): Promise<FakeControlPlane> {
    const plane = new FakeControlPlane(options)
    await plane.broker.start()
    await plane.startApi()
    return plane
  }

  async close(): Promise<void> {
    this.#over.abort()
    await this.stopApi()
    await this.broker.stop()
  }

  async startApi(): Promise<void> {
    const { authority, server } = this.certificates
    const tls = { key: server.privateKey, cert: server.certificate, ca: authority.certificate, requestCert: true }
    this.#server = createServer({ ...tls, rejectUnauthorized: true }, (request, response) => {
      this.#serve(request, response).catch(() => response.destroy())
    })
    this.#server.on('upgrade', (...request: [IncomingMessage, TLSSocket, Buffer]) => this.broker.upgrade(...request))
    this.#server.on('secureConnection', (socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
    this.#server.listen(this.port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.port = (this.#server.address() as AddressInfo).port
  }

  async stopApi(): Promise<void> {
    const server = this.#server
    this.#server = null
    this.cutApi()
    if (server) await new Promise((resolve) => server.close(resolve))
  }

  /** Breaks every connection to the API, also those that became WebSockets, without a word. */
  cutApi(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  get endpoint(): string {
    return `https://127.0.0.1:${this.port}`
  }

  get token(): Token {
    const { authority, pool, poolId } = this.certificates
    return {
      version: tokenVersion,
      broker: { endpoint: `mqtts://127.0.0.1:${this.broker.port}` },
      api: { endpoint: this.endpoint },
      pool: { id: poolId },
      certificate: pool.certificate,
      authority: authority.certificate,
    }
  }

  /** The two variables that a launcher of the pool needs. */
  get env(): { SPACELIFT_TOKEN: string; SPACELIFT_POOL_PRIVATE_KEY: string } {
    const key = Buffer.from(this.certificates.pool.privateKey).toString('base64')
    return { SPACELIFT_TOKEN: encodeToken(this.token), SPACELIFT_POOL_PRIVATE_KEY: key }
  }

  /** Gives a job to its worker and rings. */
  async give(document: Job, content: { source?: Buffer; workspace?: Buffer } = {}): Promise<HeldJob> {
    const held: HeldJob = {
      document,
      worker: document.worker,
      claim: null,
      log: Buffer.alloc(0),
      reports: [],
      source: content.source ?? Buffer.alloc(0),
      workspace: content.workspace ?? null,
      erroredState: null,
    }
    this.jobs.set(document.id, held)
    this.known(document.worker).job = document.id
    await this.ring(document.worker, document.id)
    return held
  }

  /** Takes a job from its worker, as an ended lease does. */
  async take(job: string): Promise<void> {
    const held = this.jobs.get(job)
    if (!held?.worker) return
    const worker = held.worker
    held.worker = null
    this.known(worker).job = null
    await this.ring(worker)
  }

  async ring(worker: string, job?: string): Promise<void> {
    const ring = { version: 1, type: 'orders', ...(job === undefined ? {} : { job }) } as const
    this.rings.ring({ pool: this.certificates.poolId, worker }, job)
    await this.broker.publish(worker, encodeMessage(ring))
  }

  /** Does what the next calls ask, but keeps the answers back until they are released. */
  holdAnswer(pattern: RegExp): { release: () => void } {
    const { promise, resolve } = Promise.withResolvers<void>()
    const hold = { pattern, until: promise }
    this.#holds.push(hold)
    const release = () => {
      this.#holds = this.#holds.filter((other) => other !== hold)
      resolve()
    }
    return { release }
  }

  /** Forgets a worker, as a mothership does that lost its database. */
  forget(worker: string): void {
    this.workers.delete(worker)
  }

  known(worker: string): Known {
    const known = this.workers.get(worker)
    if (!known) throw new Error(`worker ${worker} is not registered`)
    return known
  }

  /** The calls that were heard, by `METHOD /path`. */
  calls(pattern: RegExp): Heard[] {
    return this.heard.filter(({ method, path }) => pattern.test(`${method} ${path}`))
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = `${request.method} ${request.url}`
    const fault = this.faults.next(call)
    const bytes = await bodyOf(request)
    this.heard.push(heardOf(request, bytes))
    if (fault && fault.kind !== 'cut-after') return fail(response, fault)
    const reply = await this.#answer(call, request, { bytes, response })
    await this.#holds.find(({ pattern }) => pattern.test(call))?.until
    if (fault) request.socket.destroy()
    else send(response, reply)
  }

  async #answer(
    call: string,
    request: IncomingMessage,
    { bytes, response }: { readonly bytes: Buffer; readonly response: ServerResponse },
  ): Promise<Reply> {
    try {
      if (call === 'POST /v1/workers') return this.#register(parsed(bytes, checkRegistration))
      const worker = this.#caller(request)
      const [, place, id = '', what = ''] = /^\w+ \/v1\/(workers|jobs)\/(\w+)(?:\/([\w-]+))?(?:\?|$)/.exec(call) ?? []
      if (what === 'rings') return await this.#ring(worker, request, response)
      if (place === 'workers') return this.#workerCall(worker, what, bytes)
      const held = this.#heldBy(worker, id)
      const ended = () => (worker.job = null)
      return jobCall(`${request.method} ${what}`, { held, bytes, headers: request.headers, ended })
    } catch (error) {
      if (error instanceof Refused) return refusedAs(error)
      throw error
    }
  }

  async #ring(worker: Known, request: IncomingMessage, response: ServerResponse): Promise<Reply> {
    const { searchParams } = new URL(request.url ?? '', this.endpoint)
    const question = { after: searchParams.get('after') ?? undefined, waitSeconds: Number(searchParams.get('wait')) }
    const { answer, leave } = this.rings.ask(worker.registered, question)
    response.on('close', leave)
    const rung = await answer.catch((error: unknown) => {
      throw error instanceof Refusal ? new Refused(error.code as 'replaced') : error
    })
    return { status: 200, body: rung }
  }

  #heldBy(worker: Known, job: string): HeldJob {
    const held = this.jobs.get(job)
    if (held?.worker !== worker.registered.worker) throw new Refused('job-lost')
    return held
  }

  #register(registration: Registration): Reply {
    if (this.otherProtocol) throw new Refused('wrong-protocol')
    const before = this.#before(registration) ?? { drained: false, job: null, stop: null, leave: null }
    const worker = 'registered' in before ? before.registered.worker : ulid()
    const pool = this.certificates.poolId
    const registered: Registered = {
      worker,
      pool,
      session: `session of ${worker}, ${ulid()}`,
      topics: workerTopics(pool, worker),
      heartbeatSeconds: this.#options.heartbeatSeconds ?? 10,
      leaseSeconds: this.#options.leaseSeconds ?? 60,
    }
    this.workers.set(worker, { ...before, registration, registered })
    return { status: 200, body: registered }
  }

  /** The worker that a launcher was before, or is already. */
  #before({ resume, instance }: Registration): Known | undefined {
    const resumed = resume && this.workers.get(resume.worker)
    if (resumed && resumed.registered.session === resume?.session) return resumed
    return [...this.workers.values()].find((known) => known.registration.instance === instance)
  }

  #caller(request: IncomingMessage): Known {
    const known = this.workers.get(String(request.headers[workerHeader]))
    if (!known || request.headers.authorization !== `Bearer ${known.registered.session}`)
      throw new Refused('unknown-worker')
    return known
  }

  #workerCall(worker: Known, what: string, bytes: Buffer): Reply {
    if (what === 'heartbeat') parsed(bytes, checkHeartbeat)
    if (what !== 'goodbye') return { status: 200, body: ordersOf(worker) }
    this.goodbyes.push(parsed(bytes, checkGoodbye).reason)
    return { status: 204 }
  }
}

function ordersOf({ drained, job, stop, leave }: Known): Orders {
  return { drained, job: job === null ? null : { id: job, stop }, leave }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function heardOf(request: IncomingMessage, bytes: Buffer): Heard {
  const worker = request.headers[workerHeader]
  const isJson = request.headers['content-type'] === 'application/json'
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    worker: typeof worker === 'string' ? worker : null,
    fingerprint: fingerprintOf(request),
    body: isJson ? (JSON.parse(bytes.toString('utf8')) as unknown) : null,
    bytes,
  }
}

function fingerprintOf({ socket }: IncomingMessage): string {
  return (socket as TLSSocket).getPeerCertificate().fingerprint256.replaceAll(':', '').toLowerCase()
}
