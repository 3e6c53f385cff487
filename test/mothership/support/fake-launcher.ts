import { createHash } from 'node:crypto'
import mqtt, { type MqttClient } from 'mqtt'
import { ulid } from 'ulid'
import { Agent, request, type Dispatcher } from 'undici'
import { paths, workerHeader } from '../../../protocol/calls.ts'
import type { Job, Phase } from '../../../protocol/job.ts'
import { logRangeHeaders } from '../../../protocol/log-range.ts'
import { decodeRing, encodeMessage } from '../../../protocol/messages.ts'
import type { Outcome } from '../../../protocol/report.ts'
import { decodeToken, type Token } from '../../../protocol/token.ts'
import type { Orders, Registered } from '../../../protocol/worker.ts'
import { until } from '../../fakes/until.ts'

/** Outcome of a job in which everything went well. */
export const succeeded: Outcome = { result: 'succeeded', changes: null, exitCode: 0, failure: null, workspace: null }

/** What is sent along: a document, or bytes. */
interface Content {
  readonly json?: unknown
  readonly bytes?: Buffer
  readonly headers?: Readonly<Record<string, string>>
}

/** The far end of a launcher's wire, played by hand: it does one call when it is told to, and nothing by itself. */
export class FakeLauncher implements AsyncDisposable {
  readonly token: Token
  readonly rings: (string | undefined)[] = []
  readonly #key: string
  readonly #agent: Agent
  readonly #instance = ulid()
  #registered: Registered | undefined
  #mqtt: MqttClient | undefined
  #sequence = 0
  #logLength = 0

  constructor(config: string, key: string) {
    const token = decodeToken(config)
    if (!token.ok) throw new Error(token.fault.message)
    this.token = token.value
    this.#key = key
    this.#agent = new Agent({ connect: { key, cert: token.value.certificate, ca: token.value.authority } })
  }

  get me(): Registered {
    if (!this.#registered) throw new Error('not registered')
    return this.#registered
  }

  async register(resume?: { worker: string; session: string }): Promise<Registered> {
    this.#registered = undefined
    const registration = {
      protocol: { major: 1, minor: 0 },
      launcher: { version: 'fake' },
      instance: this.#instance,
      metadata: { name: 'fake' },
      ...(resume && { resume }),
    }
    const registered = await this.ask<Registered>('POST', paths.workers(), { json: registration })
    this.#registered = registered
    return registered
  }

  /** Connects to the broker and subscribes. */
  async listen(): Promise<MqttClient> {
    const { worker, session, topics } = this.me
    const payload = encodeMessage({ version: 1, type: 'gone', crashed: true })
    const client = await mqtt.connectAsync(this.token.broker.endpoint, {
      key: this.#key,
      cert: this.token.certificate,
      ca: this.token.authority,
      clientId: worker,
      username: worker,
      password: session,
      keepalive: 20,
      protocolVersion: 4,
      reconnectPeriod: 0,
      will: { topic: topics.writeonly, payload, qos: 1, retain: false },
    })
    client.on('error', () => {})
    client.on('message', (_topic, bytes) => {
      const ring = decodeRing(bytes)
      if (ring.ok) this.rings.push(ring.value.job)
    })
    await client.subscribeAsync(topics.readonly, { qos: 1 })
    this.#mqtt = client
    return client
  }

  heartbeat(job: string | null = null): Promise<Orders> {
    const json = { job, draining: false, sentAt: Date.now() }
    return this.ask('POST', paths.heartbeat(this.me.worker), { json })
  }

  /** Waits for a ring and fetches the job that it is about. */
  async awaitJob(): Promise<Job> {
    const id = await until('a ring', () => this.rings.shift())
    const orders = await this.ask<Orders>('GET', paths.orders(this.me.worker))
    if (orders.job?.id !== id) throw new Error(`rung for ${id}, ordered ${orders.job?.id}`)
    this.#sequence = 0
    this.#logLength = 0
    return this.ask('GET', paths.job(id))
  }

  start(job: string, claim = ulid()): Promise<void> {
    return this.ask('POST', paths.start(job), { json: { claim } })
  }

  phase(job: string, phase: Phase): Promise<void> {
    this.#sequence += 1
    const report = { kind: 'phase', sequence: this.#sequence, at: Date.now(), phase, logOffset: this.#logLength }
    return this.ask('POST', paths.reports(job), { json: report })
  }

  async write(job: string, text: string): Promise<void> {
    const bytes = Buffer.from(text)
    const headers = { ...logRangeHeaders(this.#logLength, bytes) }
    const { length } = await this.ask<{ length: number }>('PUT', paths.log(job), { bytes, headers })
    this.#logLength = length
  }

  async leaveWorkspace(job: string, content: Buffer): Promise<Outcome['workspace']> {
    const stored = await this.ask<{ length: number; sha256: string }>('PUT', paths.workspace(job), {
      bytes: content,
    })
    const sha256 = createHash('sha256').update(content).digest('hex')
    if (stored.sha256 !== sha256) throw new Error('stored something else')
    return { length: content.length, sha256 }
  }

  finish(job: string, outcome: Outcome = succeeded): Promise<void> {
    this.#sequence += 1
    const finished = {
      kind: 'finished',
      sequence: this.#sequence,
      at: Date.now(),
      outcome,
      logLength: this.#logLength,
      lostBytes: 0,
    }
    return this.ask('POST', paths.reports(job), { json: finished })
  }

  /** A call; answers what it answered, as JSON if it is. Rejects with status and body in the message. */
  async ask<T>(method: Dispatcher.HttpMethod, path: string, content: Content = {}): Promise<T> {
    const { status, bytes } = await this.call(method, path, content)
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${bytes.toString()}`)
    return (bytes.length > 0 ? JSON.parse(bytes.toString()) : undefined) as T
  }

  async call(method: Dispatcher.HttpMethod, path: string, { json, bytes, headers }: Content = {}) {
    const known = this.#registered
    const answer = await request(`${this.token.api.endpoint}${path}`, {
      method,
      dispatcher: this.#agent,
      headers: {
        ...(known && { [workerHeader]: known.worker, authorization: `Bearer ${known.session}` }),
        ...(json !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: bytes ?? (json === undefined ? null : JSON.stringify(json)),
    })
    return { status: answer.statusCode, bytes: Buffer.from(await answer.body.arrayBuffer()) }
  }

  /** Breaks the connection to the broker, as a crash would. */
  vanish(): void {
    this.#mqtt?.stream.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#mqtt?.end(true)
    await this.#agent.destroy()
  }
}
