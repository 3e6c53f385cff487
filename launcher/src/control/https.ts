import type { IncomingMessage } from 'node:http'
import { Agent } from 'node:https'
import { Readable } from 'node:stream'
import { decodeJson, maxDocumentBytes, type Check } from '../../../protocol/decoded.ts'
import type { Clock } from '../base/clock.ts'
import type { ProxySettings } from '../base/outbound.ts'
import { ControlError, refused, unanswered } from './answers.ts'
import { exchange, type Patience } from './exchange.ts'

/** How this launcher shows itself, and what it believes: all PEM. */
export interface TlsIdentity {
  readonly certificate: string
  readonly privateKey: string
  readonly authority: string
}

/** How long a silent far end is waited for, in milliseconds. */
export interface CallTimeouts extends Patience {
  /** A whole call that carries no stream, answer included. */
  readonly callMs: number
}

export const defaultTimeouts: CallTimeouts = { connectMs: 10_000, headersMs: 60_000, bodyMs: 60_000, callMs: 90_000 }

/** One try of one call. */
export interface Call {
  /** For messages: a verb and what it is about. */
  readonly name: string
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly path: string
  readonly signal: AbortSignal
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array | Readable
  /** Of a call that is answered late on purpose: how long it may take, in place of the usual. */
  readonly patienceMs?: number
}

export interface HttpsOptions {
  /** `https://host:port`. */
  readonly endpoint: string
  readonly identity: TlsIdentity
  readonly clock: Clock
  /** Missing: none. */
  readonly proxy?: ProxySettings
  readonly timeouts?: CallTimeouts
}

const maxErrorBytes = 64 * 1024

/** Longer than a heartbeat's interval, so that heartbeats do not pay for a TLS handshake each. A server that says less is believed. */
const idleMs = 30_000

/**
 * HTTPS to the control plane, one try at a time: every call has its timeouts, can be aborted, and ends in its answer, a ControlError, or the
 * reason of its signal. Knows no paths and repeats nothing.
 */
export class Https {
  readonly #agent: Agent
  readonly #endpoint: string
  readonly #clock: Clock
  readonly #timeouts: CallTimeouts

  constructor({ endpoint, identity, clock, proxy = {}, timeouts = defaultTimeouts }: HttpsOptions) {
    const { certificate, privateKey, authority } = identity
    this.#endpoint = endpoint
    this.#clock = clock
    this.#timeouts = timeouts
    this.#agent = new Agent({
      keepAlive: true,
      timeout: idleMs,
      cert: certificate,
      key: privateKey,
      ca: authority,
      proxyEnv: { ...proxy },
    })
  }

  /** A call that is answered with a JSON document. */
  async json<T>(call: Call, check: Check<T>): Promise<T> {
    const answer = await this.#send(this.#withDeadline(call))
    const text = await this.#read(call, answer, maxDocumentBytes)
    const value = decodeJson('answer', text, check)
    if (value.ok) return value.value
    // Half a document, or a page of somebody in between, can be whole the next time; a document of another shape cannot.
    const code = value.fault.code === 'not-json' ? 'CONTROL_UNREACHABLE' : 'CONTROL_REFUSED'
    throw new ControlError(code, `${call.name}: ${value.fault.message}`, {})
  }

  /** A call whose answer has no content. */
  async empty(call: Call): Promise<void> {
    const answer = await this.#send(this.#withDeadline(call))
    await this.#read(call, answer, maxErrorBytes)
  }

  /** A call that is answered with bytes; an error of the stream is a ControlError too. */
  async bytes(call: Call): Promise<Readable> {
    const answer = await this.#send(call)
    return Readable.from(classified(call, answer), { objectMode: false })
  }

  /** Ends all connections at once. */
  close(): void {
    this.#agent.destroy()
  }

  #withDeadline(call: Call): Call {
    if (call.body instanceof Readable) return call
    const { patienceMs = this.#timeouts.callMs } = call
    return { ...call, signal: AbortSignal.any([call.signal, AbortSignal.timeout(patienceMs)]) }
  }

  async #send(call: Call): Promise<IncomingMessage> {
    const answer = await this.#request(call)
    const { statusCode: status = 0 } = answer
    if (status >= 200 && status < 300) return answer
    const { 'retry-after': retryAfter } = answer.headers
    const text = await this.#read(call, answer, maxErrorBytes)
    throw refused(call.name, { status, retryAfter, text }, this.#clock.now())
  }

  async #request({ name, path, ...call }: Call): Promise<IncomingMessage> {
    try {
      return await exchange(this.#agent, { ...call, url: `${this.#endpoint}${path}`, patience: this.#timeouts })
    } catch (error) {
      throw unanswered(name, error)
    }
  }

  async #read(call: Call, answer: IncomingMessage, maxBytes: number): Promise<string> {
    const parts: Uint8Array[] = []
    let length = 0
    for await (const part of classified(call, answer)) {
      length += part.byteLength
      if (length > maxBytes)
        throw new ControlError('CONTROL_REFUSED', `${call.name}: answer above ${maxBytes} bytes`, {})
      parts.push(part)
    }
    return Buffer.concat(parts).toString('utf8')
  }
}

async function* classified(call: Call, body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  try {
    yield* body
  } catch (error) {
    throw unanswered(call.name, error)
  }
}
