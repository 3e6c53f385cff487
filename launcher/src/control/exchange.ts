import type { ClientRequest, IncomingMessage } from 'node:http'
import { request as open, type Agent } from 'node:https'
import type { Socket } from 'node:net'
import { pipeline, Readable } from 'node:stream'

/** How long a silent far end is waited for, in milliseconds. */
export interface Patience {
  readonly connectMs: number
  /** From the last byte sent to the first received, and while the far end does not read what is sent. */
  readonly headersMs: number
  /** Between two parts of an answer. */
  readonly bodyMs: number
}

/** What is sent. */
export interface Outgoing {
  readonly url: string
  readonly method: string
  readonly headers?: Readonly<Record<string, string>>
  /** A stream is sent as it comes, and is destroyed if it cannot be sent to its end. */
  readonly body?: string | Uint8Array | Readable
  readonly patience: Patience
  /** Ends the exchange at any time, also in the midst of the answer's body. */
  readonly signal: AbortSignal
}

/** The far end was silent for too long. */
export class Silence extends Error {
  readonly code = 'ETIMEDOUT'

  constructor(what: string, ms: number) {
    super(`${what} for ${ms / 1000} s`)
    this.name = 'Silence'
  }
}

/**
 * One request over Node's own client: what MQTT needs of TLS is loaded anyway, and another client would double what an idle launcher takes.
 * Resolves with the head of the answer, whatever its status; the body is for the caller to read. Both break with the signal's reason, a
 * Silence, what broke the body that was to be sent, or the connection's own error.
 */
export function exchange(agent: Agent, outgoing: Outgoing): Promise<IncomingMessage> {
  return new Exchange(agent, outgoing).head
}

class Exchange {
  readonly #head = Promise.withResolvers<IncomingMessage>()
  readonly #outgoing: Outgoing
  readonly #request: ClientRequest
  #answer: IncomingMessage | null = null

  constructor(agent: Agent, outgoing: Outgoing) {
    const { url, method, headers = {}, patience } = outgoing
    this.#outgoing = outgoing
    this.#request = open(url, { agent, method, headers, timeout: patience.headersMs })
    this.#request.once('response', (answer) => this.#head.resolve(this.#answered(answer)))
    // Not `once`: what breaks later is told by the answer's body, and must not be thrown here as well.
    this.#request.on('error', (error) => this.#head.reject(error))
    // A proxy makes its tunnel before there is a socket.
    const timer = setTimeout(() => this.#end(new Silence('no connection', patience.connectMs)), patience.connectMs)
    this.#request.once('socket', (socket) => this.#limit(socket, timer))
    this.#request.once('close', () => clearTimeout(timer))
    this.#obey(outgoing.signal)
    this.#send()
  }

  get head(): Promise<IncomingMessage> {
    return this.#head.promise
  }

  #send(): void {
    const { body } = this.#outgoing
    if (!(body instanceof Readable)) return void this.#request.end(body)
    // Before `pipeline`, which ends a request without saying why.
    body.once('error', (error) => this.#end(error))
    pipeline(body, this.#request, () => {})
  }

  #answered(answer: IncomingMessage): IncomingMessage {
    this.#answer = answer
    answer.socket.setTimeout(this.#outgoing.patience.bodyMs)
    // The rest of a body of which the far end needed no more, would be sent for nothing.
    answer.once('end', () => this.#request.writableFinished || this.#request.destroy())
    return answer
  }

  #obey(signal: AbortSignal): void {
    const abort = () => this.#end(signal.reason instanceof Error ? signal.reason : new Error('aborted'))
    this.#request.once('close', () => signal.removeEventListener('abort', abort))
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  }

  #limit(socket: Socket, timer: NodeJS.Timeout): void {
    const silent = () => this.#silent(socket)
    socket.on('timeout', silent)
    this.#request.once('close', () => socket.off('timeout', silent))
    if (!socket.connecting) return clearTimeout(timer)
    for (const event of ['secureConnect', 'close'] as const) socket.once(event, () => clearTimeout(timer))
  }

  /** Nothing has moved for a while. If that is because somebody here is slow, the far end is given as long again. */
  #silent(socket: Socket): void {
    const { bodyMs, headersMs } = this.#outgoing.patience
    const ms = this.#answer ? bodyMs : headersMs
    if (this.#isSlowHere) socket.setTimeout(ms)
    else this.#end(new Silence('nothing came', ms))
  }

  /** What has come is not read, or what is to be sent is not there yet. */
  get #isSlowHere(): boolean {
    if (this.#answer) return this.#answer.readableLength > 0
    return !this.#request.writableEnded && !this.#request.writableNeedDrain
  }

  #end(error: Error): void {
    if (this.#answer) return void this.#answer.destroy(error)
    this.#request.destroy(error)
    // While a proxy makes its tunnel, a request that is destroyed says nothing.
    this.#head.reject(error)
  }
}
