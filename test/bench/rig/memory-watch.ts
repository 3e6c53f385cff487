import { setTimeout as sleep } from 'node:timers/promises'
import { residentMebibytes } from './resident-memory.ts'

/** Resident memory of a process in MiB: at the beginning, at most, and at the end of what it did. */
export interface MemoryOverTime {
  readonly before: number
  readonly most: number
  readonly after: number
}

const everyMs = 50

/** Watches the memory of a process. */
export class MemoryWatch {
  readonly #pid: number
  readonly #before: number
  readonly #ended = new AbortController()
  #most: number
  readonly #watching: Promise<void>

  private constructor(pid: number, before: number) {
    this.#pid = pid
    this.#before = before
    this.#most = before
    this.#watching = this.#watch()
  }

  static async start(pid: number): Promise<MemoryWatch> {
    return new MemoryWatch(pid, await residentMebibytes(pid))
  }

  /** Rejects if the process has ended. */
  async end(): Promise<MemoryOverTime> {
    this.#ended.abort()
    await this.#watching
    const after = await residentMebibytes(this.#pid)
    return { before: this.#before, most: Math.max(this.#most, after), after }
  }

  /** A process that has ended is for `end` to tell. */
  async #watch(): Promise<void> {
    const { signal } = this.#ended
    while (!signal.aborted) {
      this.#most = Math.max(this.#most, await residentMebibytes(this.#pid).catch(() => 0))
      await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }
}
