import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import { Aedes, type Client } from 'aedes'
import { decodeGone, encodeMessage } from '../../../protocol/messages.ts'
import type { Log } from '../base/log.ts'
import { peerFingerprint, type ServerIdentity } from '../base/peer.ts'
import { openDoor, type Doorway, type OpenDoor } from '../base/port.ts'
import type { Broker, BrokerEvents, BrokerGate, BrokerWorker } from './broker.ts'
import { Connections, type Connection } from './connections.ts'
import { Guard } from './guard.ts'
import { brokerLimits, type BrokerLimits } from './limits.ts'
import { PacketMeter } from './packet-meter.ts'
import { WebSocketDoor } from './websockets.ts'

export interface BrokerParts {
  readonly identity: ServerIdentity
  readonly doorway: Doorway
  readonly log: Log
  readonly limits?: Partial<BrokerLimits>
}

/**
 * The broker inside this process: aedes (MQTT 3.1.1) on TLS with client certificates. A worker writes and reads its own two topics. Rings go
 * straight to the worker's connection and not through aedes' subscriptions, where one slow reader holds up the others.
 */
export class EmbeddedBroker implements Broker {
  readonly #parts: BrokerParts
  readonly #limits: BrokerLimits
  readonly #connections = new Connections()
  readonly #streams = new Set<Duplex>()
  /** What came by a WebSocket, and the TLS under it. */
  readonly #upgraded = new Map<Duplex, TLSSocket>()
  readonly #dropped = new WeakSet<Duplex>()
  readonly #webSockets: WebSocketDoor
  readonly #server: Server
  readonly #opened = Promise.withResolvers<Aedes>()
  #aedes: Aedes | undefined
  #door: OpenDoor | undefined
  #stopping = false

  constructor(parts: BrokerParts) {
    this.#parts = parts
    this.#limits = { ...brokerLimits, ...parts.limits }
    this.#server = createServer({
      key: parts.identity.key,
      cert: parts.identity.certificate,
      ca: parts.identity.authority,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
      handshakeTimeout: this.#limits.connectMs,
      // An answer in several small writes would wait for the acknowledgement of the first, which the far end puts off for 40 ms.
      noDelay: true,
    })
    this.#server.maxConnections = this.#limits.maxConnections
    this.#webSockets = new WebSocketDoor(this.#limits.maxPacketBytes, (stream, socket) => {
      this.#upgraded.set(stream, socket)
      stream.once('close', () => this.#upgraded.delete(stream))
      this.#accept(stream)
    })
  }

  async bind(): Promise<number> {
    const { log, doorway } = this.#parts
    this.#server.on('secureConnection', (socket) => {
      socket.setNoDelay(true)
      this.#accept(socket)
    })
    this.#server.on('tlsClientError', (error, socket) => {
      log.debug({ reason: error.message }, 'broker: no handshake')
      // Node leaves a socket whose handshake took too long to whoever hears of it.
      socket.destroy()
    })
    this.#server.on('drop', () => log.warn({ connections: this.#limits.maxConnections }, 'broker: full'))
    this.#door = await openDoor(this.#server, doorway)
    return this.#door.port
  }

  async open(gate: BrokerGate, events: BrokerEvents): Promise<void> {
    const { log } = this.#parts
    const heard = (from: Connection, payload: Buffer | string) => this.#hear(from, payload, events)
    const aedes = await Aedes.createBroker({
      ...new Guard({ log, gate, connections: this.#connections, heard, fingerprintOf: this.#fingerprintOf }).hooks(),
      connectTimeout: this.#limits.connectMs,
      drainTimeout: this.#limits.drainMs,
      keepaliveLimit: this.#limits.maxKeepaliveSeconds,
      maxInflightInbound: 10,
    })
    aedes.on('clientError', (client, error) =>
      log.debug({ worker: client.id, reason: error.message }, 'broker: connection cut'),
    )
    aedes.on('connectionError', (_, error) => log.debug({ reason: error.message }, 'broker: connection cut'))
    this.#opened.resolve(aedes)
    this.#aedes = aedes
  }

  ring(worker: BrokerWorker, job?: string): void {
    const connection = this.#connections.of(worker)
    if (!connection?.listening || this.#stopping) return
    const { client, topics } = connection
    if (client.conn.writableLength > this.#limits.maxUnreadBytes) {
      this.#parts.log.warn({ worker: worker.worker }, 'broker: cut a worker that does not read')
      client.conn.destroy()
      return
    }
    const payload = encodeMessage({ version: 1, type: 'orders', ...(job === undefined ? {} : { job }) })
    client.publish({ cmd: 'publish', topic: topics.readonly, payload, qos: 1, dup: false, retain: false }, () => {})
  }

  takeUpgrade(request: IncomingMessage, socket: TLSSocket, head: Buffer): void {
    if (this.#stopping) return void socket.destroy()
    this.#webSockets.accept(request, socket, head)
  }

  dropUpgrades(): void {
    for (const [stream, socket] of this.#upgraded) {
      this.#dropped.add(stream)
      socket.destroy()
    }
  }

  async stop(): Promise<void> {
    this.#stopping = true
    const { promise, resolve } = Promise.withResolvers<void>()
    if (this.#aedes) this.#aedes.close(resolve)
    else resolve()
    await promise
    for (const stream of this.#streams) stream.destroy()
    await this.#door?.close()
  }

  readonly #fingerprintOf = ({ conn }: Client): string | null =>
    peerFingerprint(this.#upgraded.get(conn) ?? (conn as TLSSocket))

  #accept(stream: Duplex): void {
    this.#streams.add(stream)
    stream.once('close', () => this.#streams.delete(stream))
    // Until aedes has listeners of its own. Without one, an error would end the process.
    stream.on('error', () => {})
    void this.#opened.promise.then((aedes) => this.#serve(aedes, stream))
  }

  #serve(aedes: Aedes, stream: Duplex): void {
    if (stream.destroyed) return
    aedes.handle(stream)
    // After `handle`: it listens for `readable`, and beside that a `data` listener sees each chunk just before aedes parses it.
    const meter = new PacketMeter(this.#limits.maxPacketBytes)
    stream.on('data', (bytes: Buffer) => {
      if (!meter.take(bytes)) stream.destroy()
    })
  }

  #hear(connection: Connection, payload: Buffer | string, events: BrokerEvents): void {
    const { log } = this.#parts
    const gone = decodeGone(Buffer.from(payload))
    if (!gone.ok) {
      log.debug({ worker: connection.worker.worker, reason: gone.fault.message }, 'broker: message passed over')
      return
    }
    if (this.#stopping || this.#dropped.has(connection.client.conn) || this.#connections.replaced(connection)) return
    const told = gone.value.crashed ? events.crashed(connection.worker) : events.goodbye(connection.worker)
    told.catch((error: unknown) => log.error({ err: error }, 'broker: an event was not taken'))
  }
}
