import type { Clock } from '../base/clock.ts'
import { planEnd, type EndGraces, type EndPlan } from './end-plan.ts'

/** What a launcher does when it is told to stop, once, twice and a third time, or when its time is over. */
export interface Stopping {
  /** Takes no job any more, lets the one in hand finish, and ends. */
  readonly drain: (why: string) => void
  /** Interrupts the job in hand, so that its tool can end well; `haste` says how little time there is, null: enough. */
  readonly interrupt: (why: string, haste: EndPlan['haste'] | null) => void
  /** Kills the job in hand, if it was not over by itself. */
  readonly kill: (why: string) => void
  /** Ends the process now, with this exit code, whatever is left. */
  readonly exit: (code: number) => void
  /** Told of every deadline that counts. */
  readonly planned: (plan: EndPlan, why: string) => void
}

/** The exit code of a program that a signal ended at once, as shells have it: 128 + SIGINT. */
export const exitedAtOnce = 130

/** The exit code when a deadline passed and something was left, for the next launcher to find in the journal. */
export const deadlinePassed = 1

/** A later deadline is none, and neither is the same one, measured again with a clock of whole seconds. */
const sameMs = 1_500

interface End {
  /** By the monotonic clock. */
  readonly at: number
  readonly why: string
  readonly timers: AbortController
}

/**
 * Counts requests to stop, and keeps the deadline beside them. Without one, whoever sends signals decides how long a job may go on, and says so
 * by the next signal.
 */
export class Shutdown {
  readonly #stopping: Stopping
  readonly #clock: Clock
  readonly #graces: EndGraces
  #requests = 0
  #end: End | null = null
  #over = false

  constructor(parts: { readonly stopping: Stopping; readonly clock: Clock; readonly graces: EndGraces }) {
    this.#stopping = parts.stopping
    this.#clock = parts.clock
    this.#graces = parts.graces
  }

  /** A signal, or whatever else asks for an end. */
  request(why: string): void {
    this.#requests++
    if (this.#requests === 1) this.#stopping.drain(why)
    else if (this.#requests === 2) this.#stopping.interrupt(why, this.#plan()?.haste ?? null)
    else this.#stopping.exit(exitedAtOnce)
  }

  /** The process must be gone in so many milliseconds. Of several such wishes the earliest counts. */
  endWithin(ms: number, why: string): void {
    const at = this.#clock.monotonic() + ms
    if (this.#over || (this.#end && at > this.#end.at - sameMs)) return
    this.#end?.timers.abort()
    const timers = new AbortController()
    this.#end = { at, why, timers }
    const plan = planEnd(ms, this.#graces)
    this.#stopping.planned(plan, why)
    this.#after(plan.interruptInMs, timers.signal, () => this.#stopping.interrupt(why, plan.haste))
    this.#after(plan.killInMs, timers.signal, () => this.#stopping.kill(why))
    this.#after(plan.exitInMs, timers.signal, () => this.#stopping.exit(deadlinePassed))
  }

  /** The launcher has ended: no deadline counts any more. */
  over(): void {
    this.#over = true
    this.#end?.timers.abort()
  }

  #plan(): EndPlan | null {
    return this.#end && planEnd(Math.max(0, this.#end.at - this.#clock.monotonic()), this.#graces)
  }

  #after(ms: number, signal: AbortSignal, what: () => void): void {
    this.#clock.sleep(ms, signal).then(what, () => {
      // Another deadline took its place, or the launcher has ended.
    })
  }
}
