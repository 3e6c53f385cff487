import type { MqttClient } from 'mqtt'
import { encodeMessage } from '../../../protocol/messages.ts'
import type { Registered } from '../../../protocol/worker.ts'
import type { Clock } from '../base/clock.ts'
import { callBroker, reasonOf } from './broker-connection.ts'
import type { Destination } from './dial.ts'

export interface LinkOptions extends Destination {
  readonly registered: Registered
  readonly clock: Clock
  readonly keepaliveSeconds?: number
}

/** Who hears a link. Given to its constructor, so that no message can come before there is a listener. */
export interface LinkListener {
  readonly subscribed: () => void
  readonly message: (payload: Uint8Array) => void
}

const defaultKeepaliveSeconds = 20
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
  #client: MqttClient | null = null
  readonly #options: LinkOptions
  readonly #listener: LinkListener
  readonly #over = new AbortController()
  readonly #end: (why: string) => void

  constructor(options: LinkOptions, listener: LinkListener) {
    const { promise, resolve } = Promise.withResolvers<string>()
    this.ended = promise
    this.#options = options
    this.#listener = listener
    this.#end = (why) => {
      resolve(why)
      this.#over.abort()
      this.#client?.end(true)
    }
    this.#watch()
    this.#connect().catch((error: unknown) => this.#end(error instanceof Error ? reasonOf(error) : 'no connection'))
  }

  #watch(): void {
    this.#options.clock.sleep(readyWithinMs, this.#over.signal).then(
      () => this.#end('the broker did not confirm the subscription in time'),
      () => {},
    )
  }

  async #connect(): Promise<void> {
    const { worker, session } = this.#options.registered
    const client = await callBroker({ ...this.#options, worker, session }, lasting(this.#options), this.#over.signal)
    this.#client = client
    client.on('message', (_topic, payload) => this.#listener.message(payload))
    client.on('connect', () => this.#subscribe(client))
    client.on('error', (error) => this.#end(reasonOf(error)))
    client.on('close', () => this.#end('the broker closed the connection'))
    if (this.#over.signal.aborted) client.end(true)
  }

  /** Ends the connection without a word: the broker sends the last will. */
  hangUp(why: string): void {
    this.#end(why)
  }

  /** Says that this launcher leaves in good order, and disconnects. Both hang up after `withinMs` if the broker does not answer, and never reject. */
  goodbye(withinMs: number): Promise<void> {
    const gone = encodeMessage({ version: 1, type: 'gone', crashed: false })
    return this.#part(withinMs, async (client) => {
      await client.publishAsync(this.#options.registered.topics.writeonly, gone, { qos: 1 })
      await client.endAsync()
    })
  }

  /** Disconnects in good order, and says nothing: neither goodbye nor the last will. */
  disconnect(withinMs: number): Promise<void> {
    return this.#part(withinMs, (client) => client.endAsync())
  }

  async #part(withinMs: number, say: (client: MqttClient) => Promise<void>): Promise<void> {
    const waited = new AbortController()
    const silence = this.#options.clock.sleep(withinMs, waited.signal)
    if (this.#client) await Promise.race([say(this.#client), silence]).catch(() => {})
    silence.catch(() => {})
    waited.abort()
    this.#end('goodbye')
  }

  #subscribe(client: MqttClient): void {
    client.subscribe(this.#options.registered.topics.readonly, { qos: 1 }, (error, granted) => {
      const answer = granted?.[0]?.qos ?? subscriptionRefused
      if (error || answer >= subscriptionRefused) return this.#end('the broker refused the subscription')
      this.#over.abort()
      this.#listener.subscribed()
    })
  }
}

function lasting({ registered, keepaliveSeconds = defaultKeepaliveSeconds }: LinkOptions) {
  const payload = encodeMessage({ version: 1, type: 'gone', crashed: true })
  const will = { topic: registered.topics.writeonly, payload, qos: 1, retain: false } as const
  return { keepalive: keepaliveSeconds, connectTimeout: readyWithinMs, will }
}
