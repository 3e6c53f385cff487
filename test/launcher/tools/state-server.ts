import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** An HTTP backend for state as OpenTofu and Terraform speak it, in memory. */
export class StateServer {
  /** What a client must say: `user:password`. */
  credentials: string
  state: Buffer | null = null
  /** The holder's own words, while somebody holds the lock. */
  lock: string | null = null
  /** Calls in order, such as `LOCK` or `POST 503`. */
  readonly calls: string[] = []
  /** Status by which each of the next calls of a method is refused, one after the other. */
  readonly refusals: Record<string, number[]> = {}
  readonly #server = createServer((request, response) => void this.#answer(request, response))
  #port = 0

  constructor(credentials: string) {
    this.credentials = credentials
  }

  get address(): string {
    return `http://127.0.0.1:${this.#port}/state`
  }

  /** On the port that it had before, if it was closed. */
  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve))
    this.#port = (this.#server.address() as AddressInfo).port
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request)
    const method = request.method ?? ''
    const refusal = this.refusals[method]?.shift()
    this.calls.push(refusal === undefined ? method : `${method} ${refusal}`)
    const expected = `Basic ${Buffer.from(this.credentials).toString('base64')}`
    if (request.headers.authorization !== expected) return void response.writeHead(401).end()
    if (refusal !== undefined) return void response.writeHead(refusal).end()
    const { status, text } = this.#serve(method, body)
    response.writeHead(status).end(text)
  }

  #serve(method: string, body: Buffer): { status: number; text?: Buffer | string } {
    if (method === 'GET') return this.state === null ? { status: 404 } : { status: 200, text: this.state }
    if (method === 'POST') this.state = body
    if (method === 'UNLOCK') this.lock = null
    if (method !== 'LOCK') return { status: 200 }
    if (this.lock !== null) return { status: 423, text: this.lock }
    this.lock = body.toString('utf8')
    return { status: 200 }
  }
}
