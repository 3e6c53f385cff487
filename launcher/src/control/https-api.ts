import type { Readable } from 'node:stream'
import { paths, workerHeader } from '../../../protocol/calls.ts'
import { checkJob, type Job } from '../../../protocol/job.ts'
import { logRangeHeaders } from '../../../protocol/log-range.ts'
import { checkRung, ringQuery, type RingQuestion, type Rung } from '../../../protocol/rings.ts'
import { checkLogHeld, checkStored, type Outcome, type Report, type Stored } from '../../../protocol/report.ts'
import {
  checkOrders,
  checkRegistered,
  type Heartbeat,
  type Orders,
  type Registered,
  type Registration,
} from '../../../protocol/worker.ts'
import type { Clock } from '../base/clock.ts'
import { retry, type Retrying } from '../base/retry.ts'
import type { JobControl, LogBytes, Upload } from '../run/control.ts'
import { answerOf, ControlError } from './answers.ts'
import type { Call, Https } from './https.ts'
import type { Session } from './session.ts'
import { tallied } from './tallied.ts'

/** What somebody who watches the calls is told. */
export interface CallWatcher {
  retrying(call: string, next: Retrying): void
  /** A call about a job was answered `unknown-worker`: it goes on as soon as the launcher has registered again. */
  unknownWorker(): void
  logSent(bytes: number): void
  finished(result: Outcome['result']): void
}

export interface HttpsApiOptions {
  readonly https: Https
  readonly session: Session
  readonly clock: Clock
  readonly watcher: CallWatcher
}

const uploadPaths = {
  workspace: paths.workspace,
  'errored-state': paths.erroredState,
  results: paths.results,
} as const satisfies Record<Upload['what'], (job: string) => string>

const json = { 'content-type': 'application/json' }
const octets = { 'content-type': 'application/octet-stream' }

/**
 * The launchers' API as `protocol/README.md` section 3 has it. Calls of the worker are made once, because the loop that makes them is their
 * repetition; calls about a job are repeated here, as JobControl promises.
 */
export class HttpsApi implements JobControl {
  readonly #https: Https
  readonly #session: Session
  readonly #clock: Clock
  readonly #watcher: CallWatcher
  #finishing: string | null = null

  constructor({ https, session, clock, watcher }: HttpsApiOptions) {
    this.#https = https
    this.#session = session
    this.#clock = clock
    this.#watcher = watcher
  }

  async register(registration: Registration, signal: AbortSignal): Promise<Registered> {
    const body = JSON.stringify(registration)
    const call = { name: 'register', method: 'POST', path: paths.workers(), headers: json, body, signal } as const
    return this.#https.json(call, checkRegistered)
  }

  async heartbeat(heartbeat: Heartbeat, signal: AbortSignal): Promise<Orders> {
    const path = paths.heartbeat(this.#session.current.worker)
    return this.#https.json(this.#post('heartbeat', { path, body: heartbeat, signal }), checkOrders)
  }

  async orders(signal: AbortSignal): Promise<Orders> {
    const path = paths.orders(this.#session.current.worker)
    return this.#https.json(this.#get('fetch orders', path, signal), checkOrders)
  }

  /** Resolves with a ring, or after the wait; gives up at one and a half times that. */
  async awaitRing(question: RingQuestion, signal: AbortSignal): Promise<Rung> {
    const path = `${paths.rings(this.#session.current.worker)}?${ringQuery(question)}`
    const call = { ...this.#get('wait for a ring', path, signal), patienceMs: question.waitSeconds * 1500 }
    return this.#https.json(call, checkRung)
  }

  async goodbye(reason: string, signal: AbortSignal): Promise<void> {
    const path = paths.goodbye(this.#session.current.worker)
    await this.#https.empty(this.#post('say goodbye', { path, body: { reason }, signal }))
  }

  async fetch(job: string, signal: AbortSignal): Promise<Job> {
    return this.#repeated('fetch job', signal, (name) =>
      this.#https.json(this.#get(name, paths.job(job), signal), checkJob),
    )
  }

  async start(job: string, claim: string, signal: AbortSignal): Promise<void> {
    const about = { path: paths.start(job), body: { claim }, signal }
    await this.#repeated('claim start', signal, (name) => this.#https.empty(this.#post(name, about)))
  }

  async report(job: string, report: Report, signal: AbortSignal): Promise<void> {
    const about = { path: paths.reports(job), body: report, signal }
    const send = () => this.#repeated('report', signal, (name) => this.#https.empty(this.#post(name, about)))
    if (report.kind !== 'finished') return send()
    this.#finishing = job
    await send().finally(() => (this.#finishing = null))
    this.#watcher.finished(report.outcome.result)
  }

  /** The job whose last report is on its way. */
  get finishing(): string | null {
    return this.#finishing
  }

  async logHeld(job: string, signal: AbortSignal): Promise<number> {
    const held = await this.#repeated('ask for log', signal, (name) =>
      this.#https.json(this.#get(name, paths.log(job), signal), checkLogHeld),
    )
    return held.length
  }

  /** A range that begins behind what is held is answered with what is held: the caller goes on there. */
  async appendLog(job: string, { offset, bytes }: LogBytes, signal: AbortSignal): Promise<number> {
    const headers = { ...octets, ...logRangeHeaders(offset, bytes) }
    const held = await this.#repeated('append log', signal, async (name) => {
      const call = { name, method: 'PUT', path: paths.log(job), body: bytes, signal } as const
      return this.#https.json(this.#signed(call, headers), checkLogHeld).catch(heldInstead)
    })
    this.#watcher.logSent(Math.max(0, held.length - offset))
    return held.length
  }

  async download(job: string, what: 'source' | 'workspace', signal: AbortSignal): Promise<Readable> {
    return this.#repeated(`download ${what}`, signal, (name) =>
      this.#https.bytes(this.#get(name, paths[what](job), signal)),
    )
  }

  async upload(job: string, { what, open }: Upload, signal: AbortSignal): Promise<Stored> {
    const path = uploadPaths[what](job)
    return this.#repeated(`upload ${what}`, signal, (name) => this.#uploadOnce({ name, path, signal }, open))
  }

  async #uploadOnce(about: Pick<Call, 'name' | 'path' | 'signal'>, open: () => Readable): Promise<Stored> {
    const { stream, sum, broken } = tallied(open())
    const call = this.#signed({ ...about, method: 'PUT', body: stream }, octets)
    const stored = await this.#https.json(call, checkStored).catch((error: unknown) => {
      throw broken() ?? error
    })
    const sent = sum()
    if (stored.length === sent.length && stored.sha256 === sent.sha256) return stored
    throw new ControlError('CONTROL_UNREACHABLE', `${about.name}: stored is not what was sent`, {})
  }

  #repeated<T>(name: string, signal: AbortSignal, attempt: (name: string) => Promise<T>): Promise<T> {
    return retry(() => attempt(name), {
      clock: this.#clock,
      signal,
      judge: (error) => this.#judge(error),
      retrying: (next) => this.#watcher.retrying(name, next),
    })
  }

  #judge(error: unknown): { retry: boolean; afterMs: number | null } {
    const unknownWorker = answerOf(error) === 'unknown-worker'
    if (unknownWorker) this.#watcher.unknownWorker()
    const again = unknownWorker || (error instanceof ControlError && error.retry)
    return { retry: again, afterMs: error instanceof ControlError ? error.refusal.retryAfterMs : null }
  }

  #get(name: string, path: string, signal: AbortSignal): Call {
    return this.#signed({ name, method: 'GET', path, signal }, {})
  }

  #post(name: string, about: { path: string; body: object; signal: AbortSignal }): Call {
    return this.#signed({ name, method: 'POST', ...about, body: JSON.stringify(about.body) }, json)
  }

  #signed(call: Call, headers: Readonly<Record<string, string>>): Call {
    const { worker, session } = this.#session.current
    return { ...call, headers: { ...headers, [workerHeader]: worker, authorization: `Bearer ${session}` } }
  }
}

function heldInstead(error: unknown): { length: number } {
  if (answerOf(error) === 'log-incomplete' && error instanceof ControlError && error.refusal.held !== null) {
    return { length: error.refusal.held }
  }
  throw error
}
