import { inShort } from '../base/log.ts'
import { LauncherError } from '../base/errors.ts'
import { retry, type Retrying } from '../base/retry.ts'
import type { ContainerState } from './engine.ts'
import type { ConductorParts, JobInHand } from './job-in-hand.ts'

/** How long the engine may be away, in milliseconds, before the run is given up. */
export const outageMs = 5 * 60_000
/** A daemon that a supervisor starts again is back in a fraction of a second. */
const timing = { baseMs: 100, capMs: 5000 }
/** One line in the operator's log for so many vain questions. */
const saidEvery = 20
/** Clocks of one machine differ by less than this many milliseconds. */
const sameClockMs = 250

/** One time that the engine was away. */
export interface Outage {
  /** When that was noticed, by the daemon's clock, in milliseconds since 1970. */
  readonly at: number
  /** Whether the daemon itself was gone, and not only a connection to it, or slow. */
  readonly died: boolean
  /** What had become of the container when it was back. */
  readonly left: ContainerState['state']
}

export function isUnreachable(error: unknown): boolean {
  return error instanceof LauncherError && error.code === 'ENGINE_UNREACHABLE'
}

/** The times that the engine was away while a container was watched. Whoever notices one tells it here, and waits for its end. */
export class Outages {
  readonly #parts: ConductorParts
  readonly #hand: Pick<JobInHand, 'operator' | 'log'>
  readonly #container: string
  readonly #signal: AbortSignal
  #last: Outage | null = null
  #count = 0
  #now: Promise<Outage> | null = null
  #begun = Promise.withResolvers<void>()

  /** `signal`: ends the waiting. */
  constructor(
    parts: ConductorParts,
    hand: Pick<JobInHand, 'operator' | 'log'>,
    watched: { readonly container: string; readonly signal: AbortSignal },
  ) {
    this.#parts = parts
    this.#hand = hand
    this.#container = watched.container
    this.#signal = watched.signal
  }

  /** How many began so far. */
  get count(): number {
    return this.#count
  }

  /** Whether the container went with the daemon. */
  get tookContainer(): boolean {
    return this.#last !== null && this.#last.died && this.#last.left !== 'running'
  }

  /** Resolves when another one begins. */
  get next(): Promise<void> {
    return this.#begun.promise
  }

  /** The present one, or the last one, as soon as it is over. */
  async last(): Promise<Outage | null> {
    return (await this.#now) ?? this.#last
  }

  /** A connection broke: resolves when the engine answers again. Rejects with ENGINE_UNREACHABLE when that takes too long, or with the signal's reason. */
  over(): Promise<Outage> {
    this.#now ??= this.#wait().finally(() => {
      this.#now = null
    })
    return this.#now
  }

  async #wait(): Promise<Outage> {
    const { clock } = this.#parts
    const noticed = clock.now()
    this.#count++
    this.#begun.resolve()
    this.#begun = Promise.withResolvers()
    const { left, goneAt } = await this.#back()
    const died = goneAt !== null
    this.#last = { at: (goneAt ?? noticed) + (await this.#ahead()), died, left }
    this.#hand.operator.info({ awayMs: clock.now() - noticed, died, left }, 'the Docker engine answers again')
    if (died && left === 'running') void this.#hand.log.line(restarted).catch(() => {})
    return this.#last
  }

  /** Asks for the container until there is an answer. `goneAt`: when nobody was there to be asked. */
  async #back(): Promise<{ readonly left: Outage['left']; readonly goneAt: number | null }> {
    const { clock, engine } = this.#parts
    const until = clock.monotonic() + outageMs
    let goneAt: number | null = null
    const judge = (error: unknown) => {
      if (isUnreachable(error) && !isSlow(error)) goneAt ??= clock.now()
      return { retry: isUnreachable(error) && clock.monotonic() < until }
    }
    const retrying = ({ error, failures }: Retrying) => {
      if (failures % saidEvery === 1)
        this.#hand.operator.warn({ ...inShort(error), failures }, 'the Docker engine is away')
    }
    const options = { clock, signal: this.#signal, timing, judge, retrying }
    const { state } = await retry(() => engine.inspect(this.#container), options).catch(explained)
    return { left: state, goneAt }
  }

  /** How far the daemon's clock is ahead of ours. */
  async #ahead(): Promise<number> {
    const { clock, engine } = this.#parts
    const before = clock.now()
    const info = await engine.info(this.#signal).catch(() => null)
    const after = clock.now()
    // It is gone again: whoever asks it next will notice.
    if (info === null) return 0
    const { time } = info
    // It was looked at some time between the two: how slow the answer was, must not be taken for a difference.
    if (time > before - sameClockMs && time < after + sameClockMs) return 0
    return time - (before + after) / 2
  }
}

const restarted = 'The Docker daemon was restarted; the run goes on'

/** A daemon that takes a connection and does not answer may be only slow. */
function isSlow(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof Error && error.cause.name === 'Overdue'
}

function explained(error: unknown): never {
  if (!isUnreachable(error)) throw error
  const words = error instanceof Error ? error.message : ''
  const message = `The Docker daemon was away for more than ${outageMs / 60_000} minutes, and nobody knows what became of the run: ${words}.`
  throw new LauncherError('ENGINE_UNREACHABLE', message, { cause: error })
}
