import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { LauncherError } from '../base/errors.ts'
import { chooseApiVersion, type DaemonVersion } from './api-version.ts'
import { Dialer, type EngineAddress } from './dialer.ts'
import { Overdue, Refusal } from './errors.ts'

/** One call of the Docker Engine API (https://docs.docker.com/engine/api/), without the version in front of its path. */
export interface ApiCall {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | boolean>>
  readonly body?: object
  /** May hold secrets: no failure of a call has them in it. */
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  /** How long the head of the answer may take, and the body too unless the caller streams it. Milliseconds. */
  readonly timeoutMs: number
}

/** Longest answer that is read as a whole. The details of thousands of containers fit. */
const maxAnswerBytes = 16 * 1024 * 1024

/** What has no time limit must still notice, over TCP, that the other side is gone. */
const keepAliveMs = 30_000

/** Every answer counts as one: what a status means is for this folder to say, by its number. */
const everyStatus = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [index + 100, true]))

/**
 * Calls to one daemon, through dockerode's connection layer. The methods above that layer are not used: they gather bodies
 * without a bound, report a refused pull as success, and never settle when the daemon dies in the middle of an answer.
 * - Every method rejects with a Refusal, an Overdue, a LauncherError or the connection's own error; when the caller's signal
 *   is aborted, with its reason.
 * - The API's version is agreed on at the first call, and again after a connection broke: the daemon may be another one then.
 */
export class DockerApi {
  readonly #dialer: Dialer
  #version: string | null = null

  /** Throws CONFIGURATION for an address that is none. */
  constructor(address: EngineAddress) {
    this.#dialer = new Dialer(address)
  }

  /** The whole body of a 2xx answer as JSON; `undefined` if it is empty. */
  async json(call: ApiCall): Promise<unknown> {
    const text = await this.text(call)
    return text === '' ? undefined : parse(text)
  }

  /** The whole body of a 2xx answer, whatever it is. */
  async text(call: ApiCall): Promise<string> {
    return await this.#within(call, (signal) => this.#open({ ...call, signal }).then(readAll))
  }

  /** The body of a 2xx answer, to be read as it comes, for as long as it takes. `call.signal` ends it at any time. */
  async stream(call: ApiCall): Promise<IncomingMessage> {
    const answer = await this.#within(call, (signal) => this.#open({ ...call, signal }))
    answer.socket.setKeepAlive(true, keepAliveMs)
    endWith(answer, call.signal)
    return answer
  }

  /** A connection that the daemon gives up to the caller, as `attach` wants it. `call.signal` ends it at any time. */
  async hijack(call: ApiCall): Promise<Socket> {
    const socket = await this.#within(call, async (signal) => {
      const answer = await this.#dial(await this.#versioned({ ...call, signal }), true)
      if (!('statusCode' in answer)) return answer as Socket
      throw await refusal(answer)
    })
    socket.setKeepAlive(true, keepAliveMs)
    endWith(socket, call.signal)
    return socket
  }

  /** What the daemon says of its version. Throws ENGINE_TOO_OLD if it speaks none that this launcher does. */
  async version(call: Pick<ApiCall, 'signal' | 'timeoutMs'>): Promise<DaemonVersion> {
    const answer = await this.#within({ ...call, method: 'GET', path: '/version' }, async (signal) =>
      readAll(await accepted(await this.#dial({ method: 'GET', path: '/version', signal, timeoutMs: 0 }, false))),
    ).catch((error: unknown) => {
      // No daemon refuses this question but one that was asked in plain text and wants TLS.
      if (!(error instanceof Refusal) || error.status !== 400) throw error
      throw this.#dialer.wrongly(error)
    })
    const daemon = parse(answer) as DaemonVersion
    this.#version = chooseApiVersion(daemon)
    return daemon
  }

  async #open(call: ApiCall): Promise<IncomingMessage> {
    return accepted(await this.#dial(await this.#versioned(call), false))
  }

  async #versioned(call: ApiCall): Promise<ApiCall> {
    if (this.#version === null) await this.version(call)
    return { ...call, path: `/v${this.#version}${call.path}` }
  }

  async #dial(call: ApiCall, hijack: boolean): Promise<IncomingMessage | Socket> {
    const modem = await this.#dialer.modem()
    return await new Promise((resolve, reject) => {
      const options = {
        method: call.method,
        // The connection layer wants the question mark, and both parts set apart even if they are empty.
        path: `${call.path}?`,
        options: { _query: call.query ?? {}, _body: call.body ?? {} },
        // No connection is used twice: one that a restarted daemon has left would fail the next call.
        headers: { ...call.headers, Connection: 'close' },
        statusCodes: everyStatus,
        isStream: true,
        hijack,
        ...(call.signal ? { abortSignal: call.signal } : {}),
      }
      modem.dial(options, (error, answer) => {
        if (error) reject(this.#dialer.explained(error as Error))
        else resolve(answer as IncomingMessage | Socket)
      })
    })
  }

  /** Runs `work` with a signal that also ends when the time is over, and says which of the two it was. */
  async #within<T>(call: ApiCall, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    call.signal?.throwIfAborted()
    const ending = new AbortController()
    const timer = setTimeout(() => ending.abort(new Overdue(call.timeoutMs)), call.timeoutMs)
    const abort = () => ending.abort(call.signal?.reason)
    call.signal?.addEventListener('abort', abort)
    try {
      return await work(ending.signal)
    } catch (error) {
      if (!(error instanceof Refusal)) this.#version = null
      throw ending.signal.aborted ? ending.signal.reason : error
    } finally {
      clearTimeout(timer)
      call.signal?.removeEventListener('abort', abort)
    }
  }
}

/** Lets an abort end a body or connection whose head has come. Its error is kept for whoever reads it, now or later. */
function endWith(body: IncomingMessage | Socket, signal: AbortSignal | undefined): void {
  const abort = () => void body.destroy(signal?.reason instanceof Error ? signal.reason : new Error('aborted'))
  body.on('error', () => {})
  body.once('close', () => signal?.removeEventListener('abort', abort))
  if (signal?.aborted) abort()
  else signal?.addEventListener('abort', abort, { once: true })
}

async function accepted(answer: IncomingMessage | Socket): Promise<IncomingMessage> {
  const message = answer as IncomingMessage
  if ((message.statusCode ?? 500) < 400) return message
  throw await refusal(message)
}

async function refusal(answer: IncomingMessage): Promise<Refusal> {
  const text = await readAll(answer)
  const body = text.startsWith('{') ? (parse(text) as { message?: unknown }) : {}
  const words = typeof body.message === 'string' ? body.message : text
  return new Refusal(answer.statusCode ?? 500, words || `HTTP status ${answer.statusCode}`)
}

async function readAll(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    length += chunk.length
    if (length > maxAnswerBytes) throw new Error(`answer longer than ${maxAnswerBytes} bytes`)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new LauncherError('ENGINE_FAILED', 'the Docker engine answered something that is not JSON', { cause: error })
  }
}
