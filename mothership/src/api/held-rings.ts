import { randomBytes } from 'node:crypto'
import { maxRingWaitSeconds, type Rung } from '../../../protocol/rings.ts'
import type { Clock } from '../base/clock.ts'
import { Refusal } from '../base/errors.ts'
import type { Bell, Caller } from './services.ts'

/** What a worker asks with. */
export interface RingQuestion {
  /** The cursor of the answer before; undefined: there was none. */
  readonly after: string | undefined
  readonly waitSeconds: number
}

/** A question that is answered later. */
export interface HeldQuestion {
  readonly answer: Promise<Rung>
  /** Nobody waits for the answer any more. Allowed at any time. */
  readonly leave: () => void
}

/** What becomes of workers that ask for rings. A listener that rejects is told to `failed`, and nothing else comes of it. */
export interface RingEvents {
  /** It asks, and did not before. */
  came(worker: Caller): Promise<void>
  /** It has stopped asking at that moment, in milliseconds since 1970, and has not begun again. */
  lost(worker: Caller, since: number): Promise<void>
  failed(error: unknown): void
}

interface Listener {
  readonly caller: Caller
  cursor: string
  job: string | undefined
  held: { readonly until: number; readonly answer: (rung: Rung) => void; readonly replace: () => void } | null
  /** Since when no question of it is held. */
  idleSince: number
}

/** How long a worker may take from one question to the next before it counts as lost. */
const returnsWithinMs = 5_000
const sweepMs = 500

/**
 * Rings by questions that are held: `protocol/README.md` section 4.2. Cursors are counted over all workers of this process, so that none is
 * ever two things; whoever is not listening has none, which bounds what is kept to the workers that ask.
 * One look at all of them, twice a second, ends those whose time is over: thousands of workers need no timer each.
 */
export class HeldRings implements Bell {
  readonly #clock: Clock
  #events: RingEvents | undefined
  readonly #listeners = new Map<string, Listener>()
  readonly #epoch = randomBytes(6).toString('base64url')
  #count = 0
  #stopped = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whom to tell from now on. Who is behind it needs the bell first, and so is made later. */
  open(events: RingEvents): void {
    this.#events = events
  }

  /** How many questions are held. */
  get held(): number {
    return [...this.#listeners.values()].filter((listener) => listener.held).length
  }

  ask(caller: Caller, { after, waitSeconds }: RingQuestion): HeldQuestion {
    const listener = this.#listenerOf(caller)
    const { promise, resolve, reject } = Promise.withResolvers<Rung>()
    listener.held?.replace()
    const leave = () => this.#end(listener, resolve)
    const rung = rungFor(listener, after)
    if (rung || this.#stopped) resolve(rung ?? { cursor: listener.cursor, rang: false })
    else {
      const waitMs = Math.min(waitSeconds, maxRingWaitSeconds) * 1000
      const replace = () =>
        reject(new Refusal('replaced', 'another question of this worker took the place of this one'))
      listener.held = { until: this.#clock.now() + waitMs, answer: resolve, replace }
    }
    return { answer: promise, leave }
  }

  ring(worker: Caller, job?: string): void {
    const listener = this.#listeners.get(worker.worker)
    if (listener?.caller.pool !== worker.pool) return
    listener.cursor = this.#nextCursor()
    listener.job = job
    this.#answer(listener, true)
  }

  /** Ends what is over, until the signal is aborted; rejects with its reason. */
  async run(signal: AbortSignal): Promise<never> {
    for (;;) {
      await this.#clock.sleep(sweepMs, signal)
      this.#sweep()
    }
  }

  /** Answers everything that is held, and holds nothing any more. Nobody counts as lost from now on. */
  stop(): void {
    this.#stopped = true
    for (const listener of this.#listeners.values()) this.#answer(listener, false)
    this.#listeners.clear()
  }

  #listenerOf(caller: Caller): Listener {
    const known = this.#listeners.get(caller.worker)
    if (known?.caller.pool === caller.pool) return known
    const idleSince = this.#clock.now()
    const listener: Listener = { caller, cursor: this.#nextCursor(), job: undefined, held: null, idleSince }
    if (this.#stopped) return listener
    this.#listeners.set(caller.worker, listener)
    this.#tell((events) => events.came(caller))
    return listener
  }

  #sweep(): void {
    const now = this.#clock.now()
    for (const listener of this.#listeners.values()) {
      const { held, caller, idleSince } = listener
      if (held && held.until <= now) this.#answer(listener, false)
      else if (!held && now - idleSince >= returnsWithinMs) {
        this.#listeners.delete(caller.worker)
        this.#tell((events) => events.lost(caller, idleSince))
      }
    }
  }

  #tell(what: (events: RingEvents) => Promise<void>): void {
    const events = this.#events
    if (events) what(events).catch((error: unknown) => events.failed(error))
  }

  #answer(listener: Listener, rang: boolean): void {
    const { held, cursor, job } = listener
    held?.answer({ cursor, rang, ...(rang && job !== undefined ? { job } : {}) })
    if (held) this.#end(listener, held.answer)
  }

  /** Only if that question is the one that is held: its connection may have closed after another took its place. */
  #end(listener: Listener, answer: (rung: Rung) => void): void {
    if (listener.held?.answer !== answer) return
    listener.held = null
    listener.idleSince = this.#clock.now()
  }

  #nextCursor(): string {
    this.#count += 1
    return `${this.#epoch}.${this.#count}`
  }
}

/** What can be answered at once; null: the question is to be held. */
function rungFor({ cursor, job }: Listener, after: string | undefined): Rung | null {
  if (after === cursor) return null
  if (after === undefined) return { cursor, rang: false }
  return { cursor, rang: true, ...(job === undefined ? {} : { job }) }
}
