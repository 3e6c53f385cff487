import { Stop } from './outcome.ts'

/**
 * What ends one job: whoever is first. The slot's wish, a timeout and a lost job all come together here, and the first
 * reason stays.
 */
export class Ending {
  readonly #controller = new AbortController()

  /** `wish`: the signal that the job was given. */
  constructor(wish: AbortSignal) {
    const follow = () => this.end(wish.reason)
    if (wish.aborted) follow()
    else wish.addEventListener('abort', follow, { once: true })
  }

  /** Aborted with the first Stop. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** The first stop. */
  get stop(): Stop | null {
    return this.signal.aborted ? asStop(this.signal.reason) : null
  }

  /** Ends the job; if it is ending already, a `killed` makes that quicker, and anything else changes nothing. */
  end(reason: unknown): void {
    const stop = asStop(reason)
    this.#controller.abort(stop)
    if (this.stop !== stop && stop.cause === 'killed') this.stop?.hasten()
  }
}

/** A reason that is no Stop comes from a signal that somebody else made; then the launcher is what ends the job. */
function asStop(reason: unknown): Stop {
  return reason instanceof Stop ? reason : new Stop('launcher-stopping')
}
