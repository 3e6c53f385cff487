import type { IncomingMessage } from 'node:http'
import { createServer, type Server, type ServerOptions } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { Refusal } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { ServerIdentity } from '../base/peer.ts'
import { openDoor, type Doorway, type OpenDoor } from '../base/port.ts'
import { answerTo } from './answers.ts'
import { answerMalformed } from './malformed.ts'
import type { ApiLimits } from './limits.ts'

export interface ServerParts {
  /** Names the server in the log. */
  readonly name: string
  readonly identity: ServerIdentity
  /** Whether a client has to prove a certificate of the authority in the handshake. */
  readonly clientCertificate: boolean
  readonly doorway: Doorway
  readonly log: Log
  readonly limits: ApiLimits
}

/** Takes a request that asks for another protocol (RFC 9110, 7.8). The connection is not the server's any more: it has to be over when the server stops. */
export type TakeUpgrade = (request: IncomingMessage, socket: TLSSocket, head: Buffer) => void

/** How long a client that was refused may go on sending a body that nobody wants. */
const unwantedBodyMs = 5_000

/**
 * An HTTPS server with our bounds and our errors. First `bind`, because what is built behind it has to know the port; then routes are
 * registered on `routes`; then `open`. Requests that come too early wait.
 */
export class ApiServer {
  readonly routes: FastifyInstance
  readonly limits: ApiLimits
  readonly #server: Server
  readonly #parts: ServerParts
  readonly #opened = Promise.withResolvers<void>()
  #door: OpenDoor | undefined
  #stopping = false

  constructor(parts: ServerParts) {
    this.#parts = parts
    this.limits = parts.limits
    const server = createServer(tlsOptions(parts))
    server.timeout = parts.limits.idleMs
    server.maxConnections = parts.limits.maxConnections
    this.#server = server
    this.routes = fastify({
      serverFactory: (handle) =>
        server.on('request', (...call) => void this.#opened.promise.then(() => handle(...call))),
      clientErrorHandler: answerMalformed,
      frameworkErrors: (error, request, reply) => this.#refuse(error, request, reply),
      bodyLimit: parts.limits.maxJsonBytes,
      exposeHeadRoutes: false,
      return503OnClosing: false,
    })
    this.#watch()
  }

  /** Requests of that path for another protocol go to `take`; those of others are refused. */
  upgrade(path: string, take: TakeUpgrade): void {
    this.#server.on('upgrade', (request: IncomingMessage, socket: TLSSocket, head: Buffer) => {
      socket.on('error', () => {})
      if (request.url === path && !this.#stopping) return take(request, socket, head)
      const status = this.#stopping ? '503 Service Unavailable' : '404 Not Found'
      socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
    })
  }

  /** Resolves with the port. Rejects with CannotStart if it cannot listen. */
  async bind(): Promise<number> {
    this.#door = await openDoor(this.#server, this.#parts.doorway)
    return this.#door.port
  }

  /** Answers requests from now on. */
  async open(): Promise<void> {
    await this.routes.ready()
    this.#opened.resolve()
  }

  /** Takes no new request, waits for those in hand for a while, and cuts what is left. */
  async stop(): Promise<void> {
    this.#stopping = true
    const cut = setTimeout(() => this.#server.closeAllConnections(), this.#parts.limits.closeMs)
    try {
      const closed = this.#door?.close()
      this.#server.closeIdleConnections()
      await closed
    } finally {
      clearTimeout(cut)
    }
    await this.routes.close()
  }

  #watch(): void {
    const { log, name, limits } = this.#parts
    this.#server.on('tlsClientError', (error) => log.debug({ reason: error.message }, `${name}: no handshake`))
    this.#server.on('drop', () => log.warn({ connections: limits.maxConnections }, `${name}: full`))
    this.routes.setErrorHandler((error, request, reply) => this.#refuse(error, request, reply))
    this.routes.setNotFoundHandler((request, reply) => {
      this.#refuse(new Refusal('not-found', `there is no ${request.method} of this path`), request, reply)
    })
    this.routes.addHook('onRequest', async () => {
      if (this.#stopping) throw new Refusal('unavailable', 'the mothership is stopping')
    })
    this.routes.addHook('onSend', async (_request, reply) => {
      if (this.#stopping) reply.header('connection', 'close')
    })
    this.routes.addHook('onResponse', async (request) => this.#tidy(request))
  }

  #tidy({ raw }: FastifyRequest): void {
    if (this.#stopping) setImmediate(() => this.#server.closeIdleConnections())
    if (raw.complete) return
    const cut = setTimeout(() => raw.destroy(), unwantedBodyMs).unref()
    raw.once('close', () => clearTimeout(cut))
  }

  #refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const answer = answerTo(error)
    const { log, name } = this.#parts
    const call = { method: request.method, route: request.routeOptions.url ?? null, status: answer.status }
    if (answer.unexpected) log.error({ ...call, err: error }, `${name}: a call failed`)
    else if (answer.status >= 500) log.warn({ ...call, err: error }, `${name}: a call could not be done`)
    else log.debug({ ...call, code: answer.body.error.code }, `${name}: a call was refused`)
    void reply.code(answer.status).headers(answer.headers).send(answer.body)
  }
}

/** A body has no time limit here: small ones have theirs in `body-time.ts`, and the others go on while bytes flow. */
function tlsOptions({ identity, clientCertificate, limits }: ServerParts): ServerOptions {
  return {
    key: identity.key,
    cert: identity.certificate,
    ...(clientCertificate ? { ca: identity.authority, requestCert: true, rejectUnauthorized: true } : {}),
    minVersion: 'TLSv1.2',
    handshakeTimeout: limits.headMs,
    headersTimeout: limits.headMs,
    requestTimeout: 0,
    connectionsCheckingInterval: Math.min(limits.headMs, 5_000),
    keepAliveTimeout: limits.idleMs,
  }
}
