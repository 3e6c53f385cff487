import type { Heartbeat, Orders } from '../../../protocol/worker.ts'
import type { Clock } from '../base/clock.ts'
import { maxRetryAfterMs, retryDelay } from '../base/retry.ts'
import { answerOf, ControlError } from './answers.ts'
import type { HttpsApi } from './https-api.ts'
import { Pause } from './pause.ts'
import { refusedPauseMs } from './registration.ts'
import type { Session } from './session.ts'

type Presence = Pick<Heartbeat, 'job' | 'draining'>

export interface AttendanceOptions {
  readonly api: Pick<HttpsApi, 'heartbeat' | 'orders'>
  readonly session: Session
  readonly clock: Clock
  /** What the launcher is doing now. */
  readonly standing: () => Presence
  readonly orders: (orders: Orders) => void
  /** The control plane has forgotten this worker: registers again. */
  readonly forgotten: (signal: AbortSignal) => Promise<void>
  readonly failed: (error: unknown, nextMs: number) => void
  /** In [0, 1); default: `Math.random`. */
  readonly random?: () => number
}

/**
 * The one loop that asks the control plane what is true: at every heartbeat, and at once when somebody rings. Because all orders come through
 * here one after the other, no older answer can follow a newer one.
 */
export class Attendance {
  readonly #options: AttendanceOptions
  readonly #pause: Pause
  #heardAt: number | null = null
  #dueAt = 0
  #failures = 0

  constructor(options: AttendanceOptions) {
    this.#options = options
    this.#pause = new Pause(options.clock)
  }

  /** Asks at once. Rings that come while a question is on its way are one more question. */
  ring(): void {
    this.#pause.cut()
  }

  /** Heartbeats at once, because what the launcher is doing has changed. */
  report(): void {
    this.#dueAt = 0
    this.ring()
  }

  /** Milliseconds since the last heartbeat that was answered; null: none was yet. */
  get ageMs(): number | null {
    return this.#heardAt === null ? null : this.#options.clock.monotonic() - this.#heardAt
  }

  /** Goes on until the signal is aborted, and rejects with its reason. */
  async attend(signal: AbortSignal): Promise<never> {
    for (;;) await this.#ask(signal)
  }

  async #ask(signal: AbortSignal): Promise<void> {
    try {
      await this.#question(signal)
      this.#failures = 0
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof ControlError)) throw error
      return this.#afterFailure(error, signal)
    }
    await this.#pause.wait(Math.max(0, this.#dueAt - this.#options.clock.monotonic()), signal)
  }

  async #question(signal: AbortSignal): Promise<void> {
    const { api, clock, session, standing } = this.#options
    const before = { ...standing() }
    // A far end that went silent must leave time for another question before the lease is over.
    const thirdMs = Math.floor((session.current.leaseSeconds * 1000) / 3)
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(thirdMs)])
    const due = clock.monotonic() >= this.#dueAt
    const orders = due ? await this.#heartbeat(before, inTime) : await api.orders(inTime)
    // The answer may be older than the end of the job that was in hand, and would have it taken a second time.
    if (standing().job === before.job) this.#options.orders(orders)
    else this.ring()
  }

  async #heartbeat({ job, draining }: Presence, signal: AbortSignal): Promise<Orders> {
    const { api, clock, random = Math.random } = this.#options
    // A little early, by a different little each time: workers that started together do not stay together. Set before the call, so that
    // whoever wants another heartbeat meanwhile gets it.
    this.#dueAt = clock.monotonic() + this.#intervalMs * (0.9 + 0.1 * random())
    const orders = await api.heartbeat({ job, draining, sentAt: clock.now() }, signal)
    this.#heardAt = clock.monotonic()
    return orders
  }

  async #afterFailure(error: ControlError, signal: AbortSignal): Promise<void> {
    const { clock, failed, forgotten, random = Math.random } = this.#options
    this.#failures++
    this.#dueAt = 0
    if (answerOf(error) === 'unknown-worker') await forgotten(signal)
    else if (!error.retry) {
      const longMs = refusedPauseMs + retryDelay(this.#failures, { baseMs: 60_000, capMs: 240_000 }, random())
      failed(error, longMs)
      // Not cut by rings: whoever is refused must not be a load.
      return clock.sleep(longMs, signal)
    }
    const jitterMs = retryDelay(this.#failures, { baseMs: 500, capMs: this.#intervalMs }, random())
    const waitMs = Math.min(error.refusal.retryAfterMs ?? 0, maxRetryAfterMs) + jitterMs
    failed(error, waitMs)
    await this.#pause.wait(waitMs, signal)
  }

  get #intervalMs(): number {
    return this.#options.session.current.heartbeatSeconds * 1000
  }
}
