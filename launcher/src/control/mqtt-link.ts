import { connect, type MqttClient } from 'mqtt'
import { Socket } from 'node:net'
import { encodeMessage } from '../../../protocol/messages.ts'
import type { Registered } from '../../../protocol/worker.ts'
import type { Clock } from '../base/clock.ts'
import { connectionOptions, reasonOf } from './broker-connection.ts'
import type { TlsIdentity } from './https.ts'

export interface LinkOptions {
  /** `mqtts://host:port`; `tls:` and `ssl:` mean the same. */
  readonly endpoint: string
  readonly identity: TlsIdentity
  readonly registered: Registered
  readonly clock: Clock
}

/** Who hears a link. Given to its constructor, so that no message can come before there is a listener. */
export interface LinkListener {
  readonly subscribed: () => void
  readonly message: (payload: Uint8Array) => void
}

const keepaliveSeconds = 20
/** A broker that has not confirmed connection and subscription by then is given up. */
const readyWithinMs = 30_000
/** Answered in place of a granted QoS to a subscription that is not allowed (MQTT 3.1.1, 3.9.3). */
const subscriptionRefused = 0x80

/**
 * One connection to the broker, from connect to its end; it is never used again. It subscribes for itself, because a broker may forget a
 * session at any time, and it is over when the subscription is refused: a connection that hears nothing is worth less than none.
 */
export class MqttLink {
  /** Resolves with the first reason for which the link ended. */
  readonly ended: Promise<string>
  readonly #client: MqttClient
  readonly #options: LinkOptions
  readonly #over = new AbortController()
  readonly #end: (why: string) => void

  constructor(options: LinkOptions, listener: LinkListener) {
    const { promise, resolve } = Promise.withResolvers<string>()
    this.ended = promise
    this.#options = options
    this.#client = connect(connectOptions(options))
    // The first packet would wait for the broker's system to acknowledge the handshake, which it puts off for 40 ms (Nagle and delayed ACK).
    if (this.#client.stream instanceof Socket) this.#client.stream.setNoDelay(true)
    this.#end = (why) => {
      resolve(why)
      this.#over.abort()
      this.#client.end(true)
    }
    this.#client.on('message', (_topic, payload) => listener.message(payload))
    this.#client.on('connect', () => this.#subscribe(listener))
    this.#client.on('error', (error) => this.#end(reasonOf(error)))
    this.#client.on('close', () => this.#end('the broker closed the connection'))
    options.clock.sleep(readyWithinMs, this.#over.signal).then(
      () => this.#end('the broker did not confirm the subscription in time'),
      () => {},
    )
  }

  /** Ends the connection without a word: the broker sends the last will. */
  hangUp(why: string): void {
    this.#end(why)
  }

  /** Says that this launcher leaves in good order, and disconnects. Both hang up after `withinMs` if the broker does not answer, and never reject. */
  goodbye(withinMs: number): Promise<void> {
    const gone = encodeMessage({ version: 1, type: 'gone', crashed: false })
    return this.#part(withinMs, async () => {
      await this.#client.publishAsync(this.#options.registered.topics.writeonly, gone, { qos: 1 })
      await this.#client.endAsync()
    })
  }

  /** Disconnects in good order, and says nothing: neither goodbye nor the last will. */
  disconnect(withinMs: number): Promise<void> {
    return this.#part(withinMs, () => this.#client.endAsync())
  }

  async #part(withinMs: number, say: () => Promise<void>): Promise<void> {
    const waited = new AbortController()
    const silence = this.#options.clock.sleep(withinMs, waited.signal)
    await Promise.race([say(), silence]).catch(() => {})
    silence.catch(() => {})
    waited.abort()
    this.#end('goodbye')
  }

  #subscribe(listener: LinkListener): void {
    this.#client.subscribe(this.#options.registered.topics.readonly, { qos: 1 }, (error, granted) => {
      const answer = granted?.[0]?.qos ?? subscriptionRefused
      if (error || answer >= subscriptionRefused) return this.#end('the broker refused the subscription')
      this.#over.abort()
      listener.subscribed()
    })
  }
}

function connectOptions({ endpoint, identity, registered }: LinkOptions) {
  const { worker, session, topics } = registered
  const will = encodeMessage({ version: 1, type: 'gone', crashed: true })
  return {
    ...connectionOptions({ endpoint, identity, worker, session }),
    keepalive: keepaliveSeconds,
    connectTimeout: readyWithinMs,
    will: { topic: topics.writeonly, payload: will, qos: 1, retain: false },
  } as const
}
