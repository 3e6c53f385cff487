/** The reason with which a worker gives up what it was looking after, because it has a successor. */
class Retired extends Error {}

/** Who comes after a worker that makes room: the same worker, of whose change the control plane hears nothing, or another one. */
export type Successor = 'same' | 'another'

/** What a worker was asked to do about its end, once and for all. */
export class Departure {
  readonly #drained = new AbortController()
  readonly #retired = new AbortController()
  readonly #interrupted = new AbortController()
  #successor: Successor | null = null

  /** Aborted when no job is to be taken any more. */
  readonly leaving = AbortSignal.any([this.#drained.signal, this.#retired.signal])

  /** Aborted when what an earlier process left is to be left to a later one. */
  readonly abandoned = AbortSignal.any([this.#interrupted.signal, this.#retired.signal])

  /** Who comes after; null: nobody, or nobody yet. A drain has no successor. */
  get successor(): Successor | null {
    return this.#drained.signal.aborted ? null : this.#successor
  }

  /** False: it was asked for before. */
  drain(): boolean {
    if (this.#drained.signal.aborted) return false
    this.#drained.abort()
    return true
  }

  /** The latest wish says who comes after. False: it is leaving already. */
  retire(as: Successor): boolean {
    this.#successor = as
    if (this.leaving.aborted) return false
    this.#retired.abort(new Retired('the worker has a successor'))
    return true
  }

  interrupt(): void {
    this.#interrupted.abort()
  }

  /** Whether an error is nothing but the wish to abandon what is looked after. */
  explains(error: unknown): boolean {
    return this.abandoned.aborted && error === this.abandoned.reason
  }
}
