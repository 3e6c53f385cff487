import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import { Aedes } from 'aedes'
import { createWebSocketStream, WebSocketServer } from 'ws'
import { decodeGone, type Gone } from '../../protocol/messages.ts'
import { workerTopics } from '../../protocol/topics.ts'
import type { Identity } from './certificates.ts'

export interface BrokerRules {
  readonly identity: Identity
  readonly authority: string
  readonly pool: string
  /** The session of a worker; null: not known. */
  readonly sessionOf: (worker: string) => string | null
}

/** Something that a worker, or its last will, published. */
export interface Published {
  readonly worker: string
  readonly message: Gone | null
  readonly text: string
}

/** The broker of a control plane on loopback: aedes behind TLS with client certificates. It can go away and come back on the same port. */
export class LoopbackBroker {
  readonly #rules: BrokerRules
  readonly published: Published[] = []
  /** Ids of clients, once for each connection that was accepted, and once for each subscription. */
  readonly connected: string[] = []
  readonly subscribed: string[] = []
  /** True: every subscription is answered with 0x80. */
  refuseSubscriptions = false
  port = 0
  #aedes: Aedes | null = null
  #server: Server | null = null
  readonly #sockets = new Set<Duplex>()
  readonly #webSockets = new WebSocketServer({ noServer: true })

  constructor(rules: BrokerRules) {
    this.#rules = rules
  }

  async start(): Promise<void> {
    const aedes = await Aedes.createBroker({
      authenticate: (client, ...[username, password, done]) => {
        const session = this.#rules.sessionOf(client.id)
        done(null, session !== null && username === client.id && password?.toString() === session)
      },
      authorizeSubscribe: (client, subscription, done) => {
        const own = subscription.topic === workerTopics(this.#rules.pool, client.id).readonly
        const allowed = own && !this.refuseSubscriptions
        if (allowed) this.subscribed.push(client.id)
        done(null, allowed ? subscription : null)
      },
      authorizePublish: (client, packet, done) => {
        const own = client && packet.topic === workerTopics(this.#rules.pool, client.id).writeonly
        done(own ? null : new Error('not this worker’s topic'))
      },
    })
    aedes.on('publish', (packet) => this.#heard(packet.topic, Buffer.from(packet.payload)))
    aedes.on('clientReady', (client) => this.connected.push(client.id))
    this.#aedes = aedes
    await this.#listen(aedes)
  }

  async stop(): Promise<void> {
    this.cut()
    const [server, aedes] = [this.#server, this.#aedes]
    this.#server = null
    this.#aedes = null
    if (server) await new Promise((resolve) => server.close(resolve))
    if (aedes) await new Promise<void>((resolve) => aedes.close(resolve))
  }

  /** Breaks every connection, without a word. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Publishes bytes to a worker, once it is subscribed or never. */
  async publish(worker: string, payload: string | Buffer): Promise<void> {
    const topic = workerTopics(this.#rules.pool, worker).readonly
    const packet = { cmd: 'publish', topic, payload, qos: 1, retain: false, dup: false } as const
    await new Promise<void>((resolve, reject) => {
      if (this.#aedes) this.#aedes.publish(packet, (error) => (error ? reject(error) : resolve()))
      else resolve()
    })
  }

  async #listen(aedes: Aedes): Promise<void> {
    const { identity, authority } = this.#rules
    const tls = {
      key: identity.privateKey,
      cert: identity.certificate,
      ca: authority,
      requestCert: true,
      noDelay: true,
    }
    const server = createServer({ ...tls, rejectUnauthorized: true }, (socket) => this.#serve(aedes, socket))
    server.listen(this.port, '127.0.0.1')
    await once(server, 'listening')
    this.port = (server.address() as AddressInfo).port
    this.#server = server
  }

  /** Takes a request for a WebSocket, which arrived elsewhere. */
  upgrade(request: IncomingMessage, socket: TLSSocket, head: Buffer): void {
    const aedes = this.#aedes
    if (!aedes) return void socket.destroy()
    this.#webSockets.handleUpgrade(request, socket, head, (client) => {
      const stream = createWebSocketStream(client)
      client.on('close', () => stream.once('end', () => stream.destroy()))
      this.#serve(aedes, stream)
    })
  }

  #serve(aedes: Aedes, stream: Duplex): void {
    this.#sockets.add(stream)
    stream.on('close', () => this.#sockets.delete(stream))
    stream.on('error', () => {})
    aedes.handle(stream)
  }

  #heard(topic: string, payload: Buffer): void {
    const worker = /^spacelift\/writeonly\/[^/]+\/([^/]+)$/.exec(topic)?.[1]
    if (worker === undefined) return
    const message = decodeGone(payload)
    this.published.push({ worker, message: message.ok ? message.value : null, text: payload.toString('utf8') })
  }
}
