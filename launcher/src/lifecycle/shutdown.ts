/** What a launcher does when it is told to stop, once, twice and a third time. */
export interface Stopping {
  /** Takes no job any more, lets the one in hand finish, and ends. */
  readonly drain: (why: string) => void
  /** Interrupts the job in hand, so that its tool can end well. */
  readonly interrupt: (why: string) => void
  /** Ends the process now, with this exit code, whatever is left. */
  readonly exit: (code: number) => void
}

/** The exit code of a program that a signal ended at once, as shells have it: 128 + SIGINT. */
export const exitedAtOnce = 130

/**
 * Counts requests to stop. There is no deadline of its own: who gives a pod its grace period, or a person at a terminal, decides how long
 * a job may go on, and says so by the next signal.
 */
export class Shutdown {
  readonly #stopping: Stopping
  #requests = 0

  constructor(stopping: Stopping) {
    this.#stopping = stopping
  }

  /** A signal, or whatever else asks for an end. */
  request(why: string): void {
    this.#requests++
    if (this.#requests === 1) this.#stopping.drain(why)
    else if (this.#requests === 2) this.#stopping.interrupt(why)
    else this.#stopping.exit(exitedAtOnce)
  }
}
