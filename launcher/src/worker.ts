import { once } from 'node:events'
import type { Orders } from '../../protocol/worker.ts'
import { inShort } from './base/log.ts'
import { Seldom } from './base/seldom.ts'
import { Attendance } from './control/attendance.ts'
import { actionsOf, type Action, type Standing } from './control/orders.ts'
import { Departure, type Successor } from './departure.ts'
import { engineAnswers } from './engine-answers.ts'
import { part } from './goodbye.ts'
import { Stop, type Haste } from './run/outcome.ts'
import { RunSlot } from './run/slot.ts'
import type { WorkerParts } from './worker-parts.ts'

/**
 * The life of one worker: waits for the engine, registers, finishes what an earlier process left, hears orders and acts on them through
 * the slot, and leaves in good order.
 */
export class Worker {
  readonly #parts: WorkerParts
  readonly #slot: RunSlot
  readonly #attendance: Attendance
  readonly #departure = new Departure()
  #recovered = false
  /** Until then: the job that is this worker's, by the control plane. It is looked after, and must not be denied. */
  #ordered: string | null = null
  #announced = false

  constructor(parts: WorkerParts) {
    this.#parts = parts
    this.#slot = new RunSlot((job, signal) => this.#conduct(job, signal))
    const [noOrders, offline] = [new Seldom(parts.clock), new Seldom(parts.clock)]
    this.#attendance = new Attendance({
      ...parts,
      standing: () => ({ ...this.standing, job: this.standing.job ?? this.#ordered }),
      orders: (orders) => this.#obey(orders),
      forgotten: (signal) => this.#registerAgain(signal),
      failed: (error, nextMs) =>
        noOrders.say((unsaid) => parts.log.warn({ ...inShort(error), nextMs, unsaid }, 'no orders')),
    })
    parts.channel.on('online', () => this.#online())
    parts.channel.on('offline', (why) => {
      offline.say((unsaid) => parts.log.warn({ why, unsaid }, 'control channel is offline'))
      this.#offline(why)
    })
    parts.channel.on('ring', () => this.#attendance.ring())
  }

  get standing(): Standing {
    const { job } = this.#slot
    return {
      job,
      draining: this.#departure.leaving.aborted,
      finishing: job !== null && job === this.#parts.api.finishing,
    }
  }

  /** Milliseconds since the last answered heartbeat; null: none yet. */
  get heartbeatAgeMs(): number | null {
    return this.#attendance.ageMs
  }

  /** Whether it makes room for another one, and does not leave for good. */
  get hasSuccessor(): boolean {
    return this.#departure.successor !== null
  }

  /** Asks for orders at once. */
  ring(): void {
    this.#attendance.ring()
  }

  /** Takes no job any more; `run` resolves when the one in hand is over. */
  drain(why: string): void {
    if (!this.#departure.drain()) return
    this.#parts.lifecycle.move('draining', why)
    this.#attendance.report()
  }

  /** The same, and then somebody else begins: this worker itself, made anew, or another one, before which this one says goodbye. */
  retire(why: string, as: Successor): void {
    if (!this.#departure.retire(as)) return
    this.#parts.lifecycle.explain(why)
    this.#attendance.report()
  }

  /** Interrupts the job in hand, if there is one, and what is done about an earlier one. */
  interrupt(why: string, haste: Haste | null = null): void {
    const { job } = this.#slot
    this.#departure.interrupt()
    if (job) this.#slot.stop(job, new Stop('launcher-stopping', { note: why, haste }))
  }

  /** Leaves out what is left of the graces of a job that is being ended. */
  kill(why: string): void {
    const { job } = this.#slot
    if (job) this.#slot.stop(job, new Stop('killed', { note: why }))
  }

  /** Resolves when the worker has left. Rejects with CONFIGURATION or ENGINE_TOO_OLD if it cannot work, and for bugs. */
  async run(): Promise<void> {
    const attending = new AbortController()
    if (await this.#entered()) {
      await Promise.race([this.#attendance.attend(attending.signal), this.#work()]).catch((error: unknown) => {
        // A launcher that is interrupted, or has a successor, leaves to that one what it was looking after.
        if (!this.#departure.explains(error)) throw error
      })
      attending.abort()
      await part(this.#parts, this.#departure.successor)
    }
    if (this.#departure.successor === null) this.#parts.lifecycle.move('stopped', 'ended as asked')
  }

  /** False: it was to leave before it was there. */
  async #entered(): Promise<boolean> {
    const { enrolment, lifecycle } = this.#parts
    const signal = this.#departure.leaving
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
    const left = await conductor.recover(this.#departure.abandoned)
    this.#departure.abandoned.throwIfAborted()
    if (left !== null) this.#slot.accept(left)
    this.#recovered = true
    this.#ordered = null
    lifecycle.explain('connecting the control channel')
    channel.open()
    this.#attendance.ring()
    const { leaving } = this.#departure
    if (!leaving.aborted) await once(leaving, 'abort')
    await this.#slot.idle()
  }

  async #conduct(job: string, signal: AbortSignal): Promise<void> {
    await this.#parts.conductor.conduct(job, signal, this.#departure.abandoned)
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
    const { lifecycle } = this.#parts
    // A far end that drops this worker may have forgotten it: asking for orders finds out.
    if (lifecycle.move('offline', why)) this.#attendance.ring()
    else lifecycle.explain(why)
  }
}
