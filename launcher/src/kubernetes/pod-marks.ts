import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { retryDelay } from '../base/retry.ts'
import { patches, type Mark } from './marks.ts'
import { PodApiError, type PodApi } from './pod-api.ts'

export interface PodMarksOptions {
  readonly api: Pick<PodApi, 'patch'>
  readonly clock: Clock
  readonly log: Logger
  /** Told of every call. */
  readonly called: (result: 'set' | 'failed' | 'refused') => void
  /** In [0, 1); default: `Math.random`. */
  readonly random?: () => number
}

/** A job waits for its mark so long at most: a mark that comes late is worth less than a job that is on time. */
export const patienceMs = 2_000

const timing = { baseMs: 250, capMs: 30_000 }

/** One line in the log for so many vain calls. */
const saidEvery = 10

/**
 * Keeps the own pod's mark at what is wanted: one call at a time, again after a pause if nobody answered, and always with the newest wish. What
 * is refused for good, such as by a missing Role, is said once and tried again with the next wish only: the launcher works without marks.
 */
export class PodMarks {
  readonly #options: PodMarksOptions
  readonly #closed = new AbortController()
  #wanted: Mark | null = null
  /** Null: what an earlier process left, or nothing. */
  #set: Mark | null = null
  #wished = new AbortController()
  #converging: Promise<void> | null = null
  #said = ''

  constructor(options: PodMarksOptions) {
    this.#options = options
  }

  /** Whether the pod does not say yet, or will not say, what it should. */
  get pending(): boolean {
    return this.#wanted !== this.#set
  }

  /** Marks the pod as busy. Resolves when that is done or refused, or after two seconds; it goes on being tried. Never rejects. */
  async busy(): Promise<void> {
    await this.#within(patienceMs, this.#want('busy'))
  }

  /** Takes the mark back; nobody waits for it. */
  idle(): void {
    void this.#want('idle')
  }

  /** Waits a little for a call that is on its way, and ends. */
  async close(withinMs: number): Promise<void> {
    if (this.#converging) await this.#within(withinMs, this.#converging)
    this.#closed.abort()
    await this.#converging
  }

  #want(mark: Mark): Promise<void> {
    if (this.#wanted !== mark) {
      this.#wanted = mark
      this.#wished.abort()
      this.#wished = new AbortController()
    }
    this.#converging ??= this.#converge().finally(() => (this.#converging = null))
    return this.#converging
  }

  async #converge(): Promise<void> {
    for (let failures = 1; this.#wanted && this.pending && !this.#closed.signal.aborted; failures++) {
      const wanted = this.#wanted
      const wished = this.#wished.signal
      if ((await this.#try(wanted, failures)) === 'again') {
        const { clock, random = Math.random } = this.#options
        const delayMs = retryDelay(failures, timing, random())
        await clock.sleep(delayMs, AbortSignal.any([wished, this.#closed.signal])).catch(() => {})
      } else if (this.#wanted === wanted) return
      else failures = 0
    }
  }

  async #try(mark: Mark, failures: number): Promise<'done' | 'again'> {
    const { api, log, called } = this.#options
    try {
      await api.patch(patches[mark], this.#closed.signal)
      this.#set = mark
      log.debug({ mark }, 'pod marked')
      called('set')
      return 'done'
    } catch (error) {
      if (this.#closed.signal.aborted) return 'done'
      if (!(error instanceof PodApiError)) throw error
      called(error.retry ? 'failed' : 'refused')
      if (!error.retry) this.#refused(error)
      else if (failures % saidEvery === 1)
        log.warn({ why: error.message, mark, failures }, 'the pod cannot be marked yet')
      return error.retry ? 'again' : 'done'
    }
  }

  #refused({ message }: PodApiError): void {
    if (message === this.#said) return
    this.#said = message
    this.#options.log.warn(
      { why: message },
      'the pod is not marked while it is busy: what removes pods does not see it',
    )
  }

  async #within(ms: number, work: Promise<void>): Promise<void> {
    const waited = new AbortController()
    const patience = this.#options.clock.sleep(ms, waited.signal)
    await Promise.race([work, patience])
    patience.catch(() => {})
    waited.abort()
  }
}
