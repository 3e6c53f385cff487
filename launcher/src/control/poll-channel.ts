import { EventEmitter } from 'node:events'
import type { Rung } from '../../../protocol/rings.ts'
import type { Clock } from '../base/clock.ts'
import { defaultTiming, maxRetryAfterMs, retryDelay } from '../base/retry.ts'
import { ControlError } from './answers.ts'
import type { ChannelEvents, ControlChannel } from './channel.ts'
import type { HttpsApi } from './https-api.ts'
import { Pause } from './pause.ts'

export interface PollChannelOptions {
  readonly api: Pick<HttpsApi, 'awaitRing' | 'goodbye'>
  readonly clock: Clock
  /** How long each question is held. Default: 25, because some proxies cut what is silent for 30 s. */
  readonly waitSeconds?: number
  /** In [0, 1); default: `Math.random`. */
  readonly random?: () => number
}

const defaultWaitSeconds = 25
/** Rings that follow each other faster are one: a control plane that rings without end is asked so often at most. */
const leastIntervalMs = 200
/** What held this long was good: after it the pauses begin small again. */
const steadyMs = 60_000

/** An answer that nothing happened, which came long before its time: whoever answers does not hold questions, or is about to stop. */
class TooEarly extends Error {}

/**
 * ControlChannel by questions that are held: `protocol/README.md` section 4.2. The first question after each failure is without a cursor and is
 * answered at once: that is what it is to be online.
 */
export class PollChannel extends EventEmitter<ChannelEvents> implements ControlChannel {
  readonly #options: PollChannelOptions
  readonly #waitSeconds: number
  readonly #pause: Pause
  readonly #closed = new AbortController()
  #asking = new AbortController()
  #cursor: string | null = null
  #online = false
  #running: Promise<void> = Promise.resolve()

  constructor(options: PollChannelOptions) {
    super()
    this.#options = options
    this.#waitSeconds = options.waitSeconds ?? defaultWaitSeconds
    this.#pause = new Pause(options.clock)
  }

  open(): void {
    this.#running = this.#keepAsking().catch((error: unknown) => {
      if (!this.#closed.signal.aborted) throw error
    })
  }

  renew(): void {
    this.#pause.cut()
    this.#asking.abort(new Error('this launcher registered again'))
  }

  async close(withinMs: number): Promise<void> {
    const online = this.#online
    this.#closed.abort()
    const { api } = this.#options
    if (online) await api.goodbye('the launcher ended', AbortSignal.timeout(withinMs)).catch(() => {})
    await this.#running
  }

  async abandon(): Promise<void> {
    this.#closed.abort()
    await this.#running
  }

  async #keepAsking(): Promise<void> {
    const { clock, random = Math.random } = this.#options
    for (let failures = 1; !this.#closed.signal.aborted; failures++) {
      const begun = clock.monotonic()
      const error = await this.#untilFailure()
      if (this.#closed.signal.aborted) return
      this.#online = false
      this.#cursor = null
      this.emit('offline', error instanceof Error ? error.message : 'unknown')
      if (clock.monotonic() - begun >= steadyMs) failures = 1
      const askedMs = error instanceof ControlError ? (error.refusal.retryAfterMs ?? 0) : 0
      const waitMs = Math.min(askedMs, maxRetryAfterMs) + retryDelay(failures, defaultTiming, random())
      const renewed = await this.#pause.wait(waitMs, this.#closed.signal)
      if (renewed) failures = 0
    }
  }

  /** Asks again and again; resolves with what went wrong. */
  async #untilFailure(): Promise<unknown> {
    this.#asking = new AbortController()
    const signal = AbortSignal.any([this.#closed.signal, this.#asking.signal])
    try {
      for (;;) await this.#ask(signal)
    } catch (error) {
      if (error instanceof ControlError || error instanceof TooEarly || signal.aborted) {
        return this.#asking.signal.aborted ? this.#asking.signal.reason : error
      }
      throw error
    }
  }

  async #ask(signal: AbortSignal): Promise<void> {
    const { api, clock } = this.#options
    const begun = clock.monotonic()
    const after = this.#cursor
    const rung = await api.awaitRing({ after, waitSeconds: this.#waitSeconds }, signal)
    signal.throwIfAborted()
    const tookMs = clock.monotonic() - begun
    if (after !== null && !rung.rang && tookMs < this.#waitSeconds * 500)
      throw new TooEarly('the control plane does not hold questions for rings')
    this.#cursor = rung.cursor
    this.#tell(after, rung)
    if (tookMs < leastIntervalMs) await clock.sleep(leastIntervalMs - tookMs, signal)
  }

  #tell(after: string | null, { rang, job }: Rung): void {
    if (after === null) {
      this.#online = true
      this.emit('online')
    } else if (rang) this.emit('ring', job ?? null)
  }
}
