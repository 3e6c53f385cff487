import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'

/** A worker as the broker knows it: the pool is proven by the client certificate, the worker by its session. */
export interface BrokerWorker {
  readonly pool: string
  readonly worker: string
}

/** Who may connect. Asked at every connect and never remembered, so that a reset pool is out at once. */
export interface BrokerGate {
  /** The pool that a client certificate belongs to now, by its fingerprint; null: nobody's. */
  poolOf(fingerprint: string): Promise<string | null>
  /** Whether the session is that worker's, in that pool. */
  authenticate(worker: BrokerWorker, session: string): Promise<boolean>
}

/** What the broker hears. A listener that rejects is logged, and nothing else comes of it: leases find out what a lost message would have said. */
export interface BrokerEvents {
  /** The worker said that it leaves. */
  goodbye(worker: BrokerWorker): Promise<void>
  /** Its connection broke: the last will. Not said of a connection that the same worker replaced by a new one. */
  crashed(worker: BrokerWorker): Promise<void>
}

/**
 * Carries rings to workers and last wills from them; the truth is elsewhere, so every message may be lost.
 * - First `bind`, which resolves with the port, because what is built behind the broker has to know it, and rejects with CannotStart if it
 *   cannot listen. Then `open`. Workers that come in between wait.
 * - `ring` never throws and never waits: a worker that is not connected, or does not read, loses the ring.
 * - `stop` disconnects everybody without saying `crashed` of them, and is allowed at any time. A stopped broker is not started again.
 */
export interface Broker {
  bind(): Promise<number>
  open(gate: BrokerGate, events: BrokerEvents): Promise<void>
  ring(worker: BrokerWorker, job?: string): void
  /** A request for a WebSocket, which arrived elsewhere and is MQTT from now on. */
  takeUpgrade(request: IncomingMessage, socket: TLSSocket, head: Buffer): void
  /** Disconnects those that came by `takeUpgrade`, because the server that took them stops, without saying `crashed` of them. */
  dropUpgrades(): void
  stop(): Promise<void>
}
