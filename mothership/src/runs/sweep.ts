import type { Clock } from '../base/clock.ts'
import type { Records } from '../workers/parts.ts'
import type { Assignment } from './assign.ts'
import type { Leases } from './leases.ts'
import type { Transfers } from './transfers.ts'

/** How long a worker that is gone is remembered: long enough for every call that it may still repeat. */
const rememberedMs = 24 * 60 * 60 * 1000

/** What a sweep sweeps. */
export interface SweepParts {
  readonly store: Records
  readonly clock: Clock
  readonly leases: Leases
  readonly assignment: Assignment
  readonly transfers: Transfers
  readonly warn: (error: unknown, what: string) => void
  readonly intervalMs: number
}

/** What is done by time rather than because something happened, and the net under what should have happened. */
export class Sweep {
  readonly #parts: SweepParts

  constructor(parts: SweepParts) {
    this.#parts = parts
  }

  /** Once. Each part by itself: a disk that is full keeps no lease from ending. Never rejects. */
  async once(): Promise<void> {
    const { store, clock, leases, assignment, transfers } = this.#parts
    await this.#attempt('end leases', () => leases.sweep())
    await assignment.dispatch()
    await this.#attempt('forget workers', () =>
      store.transaction((tables) => tables.workers.forget(clock.now() - rememberedMs)),
    )
    await this.#attempt('remove workspaces', () => transfers.tidy())
  }

  /** Again and again, until the signal. Rejects with its reason. */
  async run(signal: AbortSignal): Promise<never> {
    for (;;) {
      await this.once()
      await this.#parts.clock.sleep(this.#parts.intervalMs, signal)
    }
  }

  async #attempt(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#parts.warn(error, what)
    }
  }
}
