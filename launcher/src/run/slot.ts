import { Stop } from './outcome.ts'

interface InHand {
  readonly job: string
  readonly ending: AbortController
  readonly done: Promise<void>
}

/**
 * The one job in hand. A worker does one job at a time, however often it is told of it.
 *
 *   empty --accept--> in hand --the conduct's promise settles--> empty
 *
 * `conduct` may reject only for a bug. Nobody catches that here: `idle` rejects with it, and if nobody waits, it ends
 * the process, as it should.
 */
export class RunSlot {
  readonly #conduct: (job: string, signal: AbortSignal) => Promise<void>
  #inHand: InHand | null = null

  constructor(conduct: (job: string, signal: AbortSignal) => Promise<void>) {
    this.#conduct = conduct
  }

  /** Id of the job in hand. */
  get job(): string | null {
    return this.#inHand?.job ?? null
  }

  /** Takes a job; `joined` if it is in hand already, `busy` if another one is. */
  accept(job: string): 'accepted' | 'joined' | 'busy' {
    if (this.#inHand) return this.#inHand.job === job ? 'joined' : 'busy'
    const ending = new AbortController()
    this.#inHand = { job, ending, done: this.#work(job, ending.signal) }
    return 'accepted'
  }

  /**
   * Ends the job, if it is in hand. The first stop is the outcome; a later `killed` only makes the ending of the
   * container shorter.
   */
  stop(job: string, stop: Stop): void {
    if (this.#inHand?.job !== job) return
    const { ending } = this.#inHand
    ending.abort(stop)
    const first: unknown = ending.signal.reason
    if (first instanceof Stop && first !== stop && stop.cause === 'killed') first.hasten()
  }

  /** Resolves when no job is in hand. Rejects if a job met a bug. */
  async idle(): Promise<void> {
    while (this.#inHand) await this.#inHand.done
  }

  async #work(job: string, signal: AbortSignal): Promise<void> {
    // The slot must be seen as taken before the first step of the job runs.
    await Promise.resolve()
    try {
      await this.#conduct(job, signal)
    } finally {
      this.#inHand = null
    }
  }
}
