import type { Client } from 'aedes'
import type { WorkerTopics } from '../../../protocol/topics.ts'
import type { BrokerWorker } from './broker.ts'

/** A client that is authenticated. */
export interface Connection {
  readonly client: Client
  readonly worker: BrokerWorker
  readonly topics: WorkerTopics
  /** Whether it has subscribed to its topic. */
  listening: boolean
  /** How many messages it has published. */
  publications: number
}

/**
 * The newest connection of each worker. aedes keeps such a map, too, but loses the newer of two connections of a worker when the older one is
 * in the middle of closing.
 */
export class Connections {
  readonly #newest = new Map<string, Connection>()
  readonly #byClient = new WeakMap<Client, Connection>()

  /** The worker's connection from now on; an older one is closed. */
  add(connection: Connection): void {
    const { client, worker } = connection
    const older = this.#newest.get(worker.worker)
    this.#byClient.set(client, connection)
    this.#newest.set(worker.worker, connection)
    client.conn.once('close', () => this.#remove(connection))
    if (client.conn.destroyed) this.#remove(connection)
    older?.client.close()
  }

  of(worker: BrokerWorker): Connection | undefined {
    const connection = this.#newest.get(worker.worker)
    return connection?.worker.pool === worker.pool ? connection : undefined
  }

  by(client: Client): Connection | undefined {
    return this.#byClient.get(client)
  }

  /** Whether the worker has a newer connection than this one. */
  replaced(connection: Connection): boolean {
    const newest = this.#newest.get(connection.worker.worker)
    return newest !== undefined && newest !== connection
  }

  #remove(connection: Connection): void {
    if (this.#newest.get(connection.worker.worker) === connection) this.#newest.delete(connection.worker.worker)
  }
}
