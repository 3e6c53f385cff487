import { once } from 'node:events'
import type { Orders } from '../../protocol/worker.ts'
import type { Clock } from './base/clock.ts'
import { inShort, type Logger } from './base/log.ts'
import { Attendance } from './control/attendance.ts'
import type { ControlChannel } from './control/channel.ts'
import type { HttpsApi } from './control/https-api.ts'
import { actionsOf, type Action, type Standing } from './control/orders.ts'
import type { Enrolment } from './control/registration.ts'
import type { Session } from './control/session.ts'
import type { WorkerFile } from './control/worker-file.ts'
import { engineAnswers } from './engine-answers.ts'
import { sayGoodbye } from './goodbye.ts'
import type { Lifecycle } from './lifecycle/state.ts'
import type { Conductor } from './run/conductor.ts'
import type { Engine } from './run/engine.ts'
import { Stop } from './run/outcome.ts'
import { RunSlot } from './run/slot.ts'

/** What a worker is made of. */
export interface WorkerParts {
  readonly engine: Pick<Engine, 'info'>
  readonly api: Pick<HttpsApi, 'heartbeat' | 'orders' | 'goodbye' | 'finishing'>
  readonly channel: ControlChannel
  readonly enrolment: Pick<Enrolment, 'register'>
  readonly session: Session
  readonly file: Pick<WorkerFile, 'remove'>
  readonly conductor: Pick<Conductor, 'conduct' | 'recover'>
  readonly lifecycle: Lifecycle
  readonly clock: Clock
  readonly log: Logger
  /** Called the first time that the worker is ready. */
  readonly ready: (worker: string) => void
}

/**
 * The life of one worker: waits for the engine, registers, finishes what an earlier process left, hears orders and acts on them through
 * the slot, and leaves in good order.
 */
export class Worker {
  readonly #parts: WorkerParts
  readonly #slot: RunSlot
  readonly #attendance: Attendance
  readonly #drain = new AbortController()
  readonly #interrupted = new AbortController()
  #recovered = false
  /** Until then: the job that is this worker's, by the control plane. It is looked after, and must not be denied. */
  #ordered: string | null = null
  #announced = false

  constructor(parts: WorkerParts) {
    this.#parts = parts
    this.#slot = new RunSlot((job, signal) => this.#conduct(job, signal))
    this.#attendance = new Attendance({
      ...parts,
      standing: () => ({ ...this.standing, job: this.standing.job ?? this.#ordered }),
      orders: (orders) => this.#obey(orders),
      forgotten: (signal) => this.#registerAgain(signal),
      failed: (error, nextMs) => parts.log.warn({ ...inShort(error), nextMs }, 'no orders'),
    })
    parts.channel.on('online', () => this.#online())
    parts.channel.on('offline', (why) => this.#offline(why))
    parts.channel.on('ring', () => this.#attendance.ring())
  }

  get standing(): Standing {
    const { job } = this.#slot
    return { job, draining: this.#drain.signal.aborted, finishing: job !== null && job === this.#parts.api.finishing }
  }

  /** Milliseconds since the last answered heartbeat; null: none yet. */
  get heartbeatAgeMs(): number | null {
    return this.#attendance.ageMs
  }

  /** Asks for orders at once. */
  ring(): void {
    this.#attendance.ring()
  }

  /** Takes no job any more; `run` resolves when the one in hand is over. */
  drain(why: string): void {
    if (this.#drain.signal.aborted) return
    this.#parts.lifecycle.move('draining', why)
    this.#drain.abort()
    this.#attendance.report()
  }

  /** Interrupts the job in hand, if there is one, and what is done about an earlier one. */
  interrupt(why: string): void {
    const { job } = this.#slot
    this.#interrupted.abort()
    if (job) this.#slot.stop(job, new Stop('launcher-stopping', { note: why }))
  }

  /** Resolves when the worker has left. Rejects with CONFIGURATION or ENGINE_TOO_OLD if it cannot work, and for bugs. */
  async run(): Promise<void> {
    const attending = new AbortController()
    if (await this.#entered()) {
      await Promise.race([this.#attendance.attend(attending.signal), this.#work()]).catch((error: unknown) => {
        // A launcher that is interrupted leaves what it was looking after to its successor.
        if (!this.#interrupted.signal.aborted || error !== this.#interrupted.signal.reason) throw error
      })
      attending.abort()
      await sayGoodbye(this.#parts)
    }
    this.#parts.lifecycle.move('stopped', 'ended as asked')
  }

  /** False: a drain was asked for before there was a worker. */
  async #entered(): Promise<boolean> {
    const { enrolment, lifecycle } = this.#parts
    const { signal } = this.#drain
    try {
      lifecycle.explain('waiting for the Docker engine')
      await engineAnswers({ ...this.#parts, signal })
      lifecycle.explain('registering with the control plane')
      await enrolment.register(signal)
      return true
    } catch (error) {
      if (signal.aborted) return false
      throw error
    }
  }

  async #work(): Promise<void> {
    const { conductor, channel, lifecycle } = this.#parts
    lifecycle.explain('looking after what an earlier process left')
    // Heartbeats go on meanwhile, so that no lease ends; orders are acted on afterwards only.
    const left = await conductor.recover(this.#interrupted.signal)
    if (left !== null) this.#slot.accept(left)
    this.#recovered = true
    this.#ordered = null
    lifecycle.explain('connecting to the broker')
    channel.open()
    this.#attendance.ring()
    if (!this.#drain.signal.aborted) await once(this.#drain.signal, 'abort')
    await this.#slot.idle()
  }

  async #conduct(job: string, signal: AbortSignal): Promise<void> {
    await this.#parts.conductor.conduct(job, signal)
    // The next job may have been ordered, and rung for, while this one was in the way.
    this.#attendance.ring()
  }

  #obey(orders: Orders): void {
    if (!this.#recovered) this.#ordered = orders.job?.id ?? null
    else for (const action of actionsOf(orders, this.standing)) this.#act(action)
  }

  #act(action: Action): void {
    switch (action.do) {
      case 'take':
        this.#slot.accept(action.job)
        return
      case 'stop': {
        const { kind, by, note } = action.stop
        this.#slot.stop(action.job, new Stop(kind === 'kill' ? 'killed' : 'stopped', { by, note }))
        return
      }
      case 'lose':
        this.#slot.stop(action.job, new Stop('job-lost'))
        return
      case 'leave':
        this.drain(`told to leave: ${action.reason}`)
        this.interrupt(action.reason)
    }
  }

  async #registerAgain(signal: AbortSignal): Promise<void> {
    const { enrolment, channel, log } = this.#parts
    log.warn('the control plane does not know this worker any more: registering again')
    const { worker } = await enrolment.register(signal)
    log.info({ worker }, 'registered again')
    channel.renew()
  }

  #online(): void {
    const { lifecycle, session, ready } = this.#parts
    lifecycle.move('ready', 'registered and subscribed')
    // What was missed while nobody could ring is asked for.
    this.#attendance.ring()
    if (this.#announced) return
    this.#announced = true
    ready(session.current.worker)
  }

  #offline(why: string): void {
    const { lifecycle, log } = this.#parts
    log.warn({ why }, 'control channel is offline')
    // A broker that drops this worker may have forgotten it: asking for orders finds out.
    if (lifecycle.move('offline', why)) this.#attendance.ring()
    else lifecycle.explain(why)
  }
}
