import { setMaxListeners } from 'node:events'
import type { Clock } from './base/clock.ts'
import type { Logger } from './base/log.ts'
import type { Config } from './config/options.ts'
import type { Lifecycle } from './lifecycle/state.ts'
import { journaledJobs } from './machine/cleaners.ts'
import type { Disk } from './machine/disk.ts'
import type { WorkerParts } from './worker-parts.ts'

export interface StayParts {
  readonly config: Pick<Config, 'directory' | 'exitAfterJobs' | 'exitAfterIdleMs'>
  readonly disk: Pick<Disk, 'makeRoom' | 'shortage'>
  readonly lifecycle: Lifecycle
  readonly clock: Clock
  readonly log: Logger
  /** Takes no job any more, lets the one in hand finish, and ends. */
  readonly leave: (why: string) => void
}

/** The exit code of a launcher whose machine is of no use as it is: EX_TEMPFAIL of sysexits.h. */
export const noRoom = 75

/** How often the disk is looked at while nothing asks for it. */
export const lookEveryMs = 60_000

/**
 * How long a launcher stays by its own doing: until there is no room on the disk for another job, it took as many as it is to take, or had
 * nothing to do for as long as it is to wait. Whatever the reason, a job in hand is finished.
 */
export class Stay {
  readonly #parts: StayParts
  #taken = 0
  #inHand = 0
  #exitCode = 0
  #admitted = false
  #idle = new AbortController()
  #over = new AbortController().signal

  constructor(parts: StayParts) {
    this.#parts = parts
  }

  /** With which the process ends, if nothing else is the matter. */
  get exitCode(): number {
    return this.#exitCode
  }

  /** Looks after all of this until the signal is aborted. */
  watch(signal: AbortSignal): void {
    this.#over = signal
    // One listener for each pause between two jobs.
    setMaxListeners(0, signal)
    void this.#watchDisk()
    this.#becameIdle()
  }

  /** Resolves when the launcher may become a worker: with too little room on the disk, whoever started it anew would do so again and again. */
  async entry(signal: AbortSignal): Promise<void> {
    const { disk, lifecycle, clock, config } = this.#parts
    // Jobs that an earlier process left must be looked after, room or not.
    while (!this.#admitted && (await journaledJobs(config.directory)).length === 0) {
      const why = await disk.makeRoom(signal)
      if (why === null) break
      lifecycle.explain(`waits for room: ${why}`)
      await clock.sleep(lookEveryMs, signal)
    }
    this.#admitted = true
  }

  /** The same conductor, whose jobs are begun only with room for them, and counted. */
  guarded(conductor: WorkerParts['conductor']): WorkerParts['conductor'] {
    return {
      conduct: (job, signal, hurry) =>
        this.#busyWith(async () => {
          if (!(await this.#mayTake(job, signal))) return
          this.#count()
          await conductor.conduct(job, signal, hurry)
        }),
      recover: (signal) => this.#busyWith(() => conductor.recover(signal)),
      owes: () => conductor.owes(),
    }
  }

  /** False: the job goes back to the control plane untouched, with the worker that leaves. */
  async #mayTake(job: string, signal: AbortSignal): Promise<boolean> {
    const { disk, config } = this.#parts
    const why = await disk.makeRoom(signal)
    if (why === null) return true
    // What an earlier process began is this directory's alone.
    if ((await journaledJobs(config.directory)).includes(job)) return true
    this.#refuse(why)
    return false
  }

  #count(): void {
    const { config, leave } = this.#parts
    this.#taken++
    if (this.#taken !== config.exitAfterJobs) return
    leave(this.#taken === 1 ? 'this is its only job' : `this is the last of ${this.#taken} jobs`)
  }

  #refuse(why: string): void {
    const { log, leave } = this.#parts
    log.error({ why }, 'there is no room for another job, and nothing left that could go: leaves')
    this.#exitCode = noRoom
    leave(why)
  }

  async #busyWith<T>(work: () => Promise<T>): Promise<T> {
    this.#inHand++
    this.#idle.abort()
    try {
      return await work()
    } finally {
      this.#inHand--
      if (this.#inHand === 0) this.#becameIdle()
    }
  }

  #becameIdle(): void {
    const { exitAfterIdleMs } = this.#parts.config
    if (exitAfterIdleMs === null || this.#over.aborted) return
    this.#idle.abort()
    this.#idle = new AbortController()
    void this.#leaveUnlessBusy(exitAfterIdleMs, AbortSignal.any([this.#idle.signal, this.#over])).catch(() => {})
  }

  /** Rejects when a job came first, or the end. A launcher that no job could reach was not idle. */
  async #leaveUnlessBusy(ms: number, signal: AbortSignal): Promise<void> {
    const { clock, lifecycle, leave } = this.#parts
    do await clock.sleep(ms, signal)
    while (lifecycle.state !== 'ready')
    leave(`had nothing to do for ${Math.round(ms / 1000)} s`)
  }

  async #watchDisk(): Promise<void> {
    const { clock } = this.#parts
    let warned = false
    while (!this.#over.aborted) {
      await clock.sleep(lookEveryMs, this.#over).catch(() => {})
      // Before that, `entry` looks.
      if (!this.#over.aborted && this.#admitted) warned = await this.#lookAtDisk(warned)
    }
  }

  /** A run is never ended for room: what it needs, it may still find. Answers whether it was warned of. */
  async #lookAtDisk(warned: boolean): Promise<boolean> {
    const { disk, log, lifecycle } = this.#parts
    const why = await disk.shortage().catch(() => null)
    if (why === null) return false
    if (this.#inHand > 0) {
      if (!warned) log.warn({ why }, 'the disk is short of room, and a job is in hand: it goes on')
      return true
    }
    const still = await disk.makeRoom(this.#over)
    if (still !== null && lifecycle.state !== 'draining') this.#refuse(still)
    return false
  }
}
