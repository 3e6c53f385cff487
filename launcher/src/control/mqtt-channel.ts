import { EventEmitter } from 'node:events'
import { decodeRing } from '../../../protocol/messages.ts'
import type { Clock } from '../base/clock.ts'
import { defaultTiming, retryDelay } from '../base/retry.ts'
import type { ChannelEvents, ControlChannel } from './channel.ts'
import type { Destination } from './dial.ts'
import { MqttLink } from './mqtt-link.ts'
import { Pause } from './pause.ts'
import type { Session } from './session.ts'

export interface MqttChannelOptions extends Destination {
  readonly session: Session
  readonly clock: Clock
  /** How often the broker is asked whether it is there; half as long again, and it is not. Default: 20. */
  readonly keepaliveSeconds?: number
  /** In [0, 1); default: `Math.random`. */
  readonly random?: () => number
}

/** A connection that held this long was a good one: after it the pauses begin small again. A broker that drops everybody at once is not courted. */
const steadyMs = 60_000

/** ControlChannel over MQTT 3.1.1 with the pool's certificate: `protocol/README.md` section 4. */
export class MqttChannel extends EventEmitter<ChannelEvents> implements ControlChannel {
  readonly #options: MqttChannelOptions
  readonly #pause: Pause
  readonly #closed = new AbortController()
  #link: MqttLink | null = null
  #online = false
  #running: Promise<void> = Promise.resolve()

  constructor(options: MqttChannelOptions) {
    super()
    this.#options = options
    this.#pause = new Pause(options.clock)
  }

  open(): void {
    this.#running = this.#keepConnected().catch((error: unknown) => {
      if (!this.#closed.signal.aborted) throw error
    })
  }

  renew(): void {
    this.#pause.cut()
    this.#link?.hangUp('this launcher registered again')
  }

  close(withinMs: number): Promise<void> {
    return this.#close((link) => link.goodbye(withinMs))
  }

  abandon(withinMs: number): Promise<void> {
    return this.#close((link) => link.disconnect(withinMs))
  }

  async #close(part: (link: MqttLink) => Promise<void>): Promise<void> {
    const link = this.#link
    const online = this.#online
    this.#closed.abort()
    if (link && online) await part(link)
    link?.hangUp('closed')
    await this.#running
  }

  async #keepConnected(): Promise<void> {
    const { clock, random = Math.random } = this.#options
    for (let failures = 1; !this.#closed.signal.aborted; failures++) {
      const begun = clock.monotonic()
      const why = await this.#once()
      if (this.#closed.signal.aborted) return
      this.#online = false
      this.emit('offline', why)
      if (clock.monotonic() - begun >= steadyMs) failures = 1
      const renewed = await this.#pause.wait(retryDelay(failures, defaultTiming, random()), this.#closed.signal)
      if (renewed) failures = 0
    }
  }

  /** One connection; resolves with why it ended. */
  async #once(): Promise<string> {
    const options = { ...this.#options, registered: this.#options.session.current }
    const listener = {
      subscribed: () => this.#subscribed(),
      message: (payload: Uint8Array) => this.#message(payload),
    }
    this.#link = new MqttLink(options, listener)
    return this.#link.ended
  }

  #subscribed(): void {
    if (this.#closed.signal.aborted) return
    this.#online = true
    this.emit('online')
  }

  #message(payload: Uint8Array): void {
    if (this.#closed.signal.aborted) return
    const ring = decodeRing(payload)
    if (ring.ok) this.emit('ring', ring.value.job ?? null)
    else this.emit('malformed', ring.fault.message)
  }
}
