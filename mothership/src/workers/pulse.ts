import type { Clock } from '../base/clock.ts'

/** What a worker says in a heartbeat. */
export interface Beat {
  /** When the worker says that it sent its newest heartbeat, by its own clock. */
  readonly sentAt: number
  /** The job that it says it has in hand. */
  readonly job: string | null
  /** That job was taken from it, and it has not ended it yet. */
  readonly clinging: boolean
}

interface Heard extends Omit<Beat, 'job'> {
  /** Undefined until its first heartbeat. */
  readonly job: string | null | undefined
  readonly at: number
  /** Since when it says that it has this job in hand, or none. */
  readonly jobSince: number
}

/**
 * When each worker was heard last. Kept in memory only: two thousand workers are heard two hundred times a second, and a mothership that
 * was down must not hold its own absence against them, so that at its start every lease begins anew.
 */
export class Pulse {
  readonly #clock: Clock
  readonly #leaseMs: number
  readonly #startedAt: number
  /** At most the workers that are present: see `forget`. */
  readonly #beats = new Map<string, Heard>()

  constructor(clock: Clock, leaseMs: number) {
    this.#clock = clock
    this.#leaseMs = leaseMs
    this.#startedAt = clock.now()
  }

  /** The worker spoke. Renews its lease. */
  heard(worker: string): void {
    const now = this.#clock.now()
    const nothing = { sentAt: 0, job: undefined, clinging: false, jobSince: now }
    this.#beats.set(worker, { ...nothing, ...this.#beats.get(worker), at: now })
  }

  /** A heartbeat arrived. False if a newer one of the same worker came before it: then what it says is not so any more. */
  beat(worker: string, heartbeat: Beat): boolean {
    const last = this.#beats.get(worker)
    const behind = (last?.sentAt ?? 0) - heartbeat.sentAt
    // Nothing is late by more than a lease: such a heartbeat comes from a clock that was set back.
    const newest = behind <= 0 || behind > this.#leaseMs
    if (!newest) {
      this.heard(worker)
      return false
    }
    const now = this.#clock.now()
    const jobSince = last?.job === heartbeat.job ? last.jobSince : now
    const { sentAt, job, clinging } = heartbeat
    this.#beats.set(worker, { sentAt, job, clinging, at: now, jobSince })
    return true
  }

  /** Milliseconds since the worker was heard; since the start of this process, if it was not heard since. */
  silence(worker: string): number {
    return this.#clock.now() - this.heardAt(worker)
  }

  /** When the worker was heard last. */
  heardAt(worker: string): number {
    return this.#beats.get(worker)?.at ?? this.#startedAt
  }

  /** Whether its lease goes on. */
  isAlive(worker: string): boolean {
    return this.silence(worker) <= this.#leaseMs
  }

  /** Whether it is alive, and is not still ending a job that was taken from it. */
  isReady(worker: string): boolean {
    return this.isAlive(worker) && !this.isClinging(worker)
  }

  /** Whether it was still ending a job that was taken from it, when it was heard last. */
  isClinging(worker: string): boolean {
    return this.#beats.get(worker)?.clinging ?? false
  }

  /** For how many milliseconds it has been saying that it does not have this job in hand; 0 if it has, or said nothing yet. */
  without(worker: string, job: string): number {
    const last = this.#beats.get(worker)
    return last?.job === undefined || last.job === job ? 0 : last.at - last.jobSince
  }

  /** The worker is gone, or begins anew. */
  forget(worker: string): void {
    this.#beats.delete(worker)
  }
}
