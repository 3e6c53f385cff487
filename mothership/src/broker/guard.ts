import type { AedesOptions, AuthenticateError, Client, ConnectPacket } from 'aedes'
import type { Log } from '../base/log.ts'
import { admit } from './admission.ts'
import type { BrokerGate } from './broker.ts'
import type { Connection, Connections } from './connections.ts'
import {
  judgePublication,
  maxPublications,
  maySubscribe,
  refused,
  type ConnectRefusal,
  type Publication,
} from './rules.ts'

export interface GuardParts {
  readonly gate: BrokerGate
  readonly connections: Connections
  readonly log: Log
  /** Of the certificate that a client proved to hold; null without one. */
  readonly fingerprintOf: (client: Client) => string | null
  /** A worker's message that may be published. */
  readonly heard: (connection: Connection, payload: Buffer | string) => void
}

type Hooks = Required<
  Pick<AedesOptions, 'preConnect' | 'authenticate' | 'authorizePublish' | 'authorizeSubscribe' | 'published'>
>

type AuthenticateHook = Hooks['authenticate']

/** The rules of `rules.ts` and `admission.ts` as the hooks that aedes asks. */
export class Guard {
  readonly #parts: GuardParts
  /** What each client sent as CONNECT: aedes gives `authenticate` only a part of it. */
  readonly #requests = new WeakMap<Client, ConnectPacket>()

  constructor(parts: GuardParts) {
    this.#parts = parts
  }

  hooks(): Hooks {
    return {
      preConnect: (client, packet, done) => {
        this.#requests.set(client, packet)
        done(null, true)
      },
      authenticate: (...[client, , password, done]) => void this.#authenticate(client, password, done),
      authorizePublish: (client, packet, done) => done(client && this.#refusalToPublish(client, packet)),
      authorizeSubscribe: (client, subscription, done) =>
        done(null, this.#maySubscribe(client, subscription.topic) ? subscription : null),
      published: (packet, client: Client | null, done) => {
        const connection = client && this.#parts.connections.by(client)
        if (connection) this.#parts.heard(connection, packet.payload)
        done()
      },
    }
  }

  async #authenticate(
    client: Client,
    password: Buffer | undefined,
    done: Parameters<AuthenticateHook>[3],
  ): Promise<void> {
    const refusal = await this.#admit(client, password)
    done(refusal && connackError(refusal), refusal === null)
  }

  /** Null: the client is who it says, and its connection is known from now on. Never rejects. */
  async #admit(client: Client, password: Buffer | undefined): Promise<ConnectRefusal | null> {
    const { gate, connections, log, fingerprintOf } = this.#parts
    try {
      const request = this.#requests.get(client) ?? { clientId: '' }
      const fingerprint = fingerprintOf(client)
      const admission = await admit({ request, fingerprint, password: password?.toString('utf8') ?? '' }, gate)
      if (admission.refusal === null) connections.add({ client, ...admission, listening: false, publications: 0 })
      else log.info({ client: client.id, reason: admission.refusal.reason }, 'broker: connection refused')
      return admission.refusal
    } catch (error) {
      log.error({ err: error }, 'broker: could not authenticate')
      return refused('unavailable', 'could not authenticate')
    }
  }

  /** An error cuts the connection: MQTT 3.1.1 has no other answer to a message that may not be published. */
  #refusalToPublish(client: Client, publication: Publication): Error | null {
    const connection = this.#parts.connections.by(client)
    const reason = connection ? this.#judge(connection, publication) : 'not authenticated'
    if (reason === null) return null
    this.#parts.log.info({ worker: client.id, reason }, 'broker: publication refused')
    return new Error(reason)
  }

  #judge(connection: Connection, publication: Publication): string | null {
    connection.publications += 1
    if (connection.publications > maxPublications) return `more than ${maxPublications} messages`
    return judgePublication(publication, connection.topics)
  }

  #maySubscribe(client: Client, filter: string): boolean {
    const connection = this.#parts.connections.by(client)
    const allowed = connection !== undefined && maySubscribe(filter, connection.topics)
    if (allowed) connection.listening = true
    else this.#parts.log.info({ worker: client.id }, 'broker: subscription refused')
    return allowed
  }
}

function connackError(refusal: ConnectRefusal): AuthenticateError {
  return Object.assign(new Error(refusal.reason), { returnCode: refusal.returnCode })
}
