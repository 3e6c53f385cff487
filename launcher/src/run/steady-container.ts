import { LauncherError } from '../base/errors.ts'
import { CopyPosition } from './copy-position.ts'
import type { Exit } from './engine.ts'
import type { ConductorParts, JobInHand } from './job-in-hand.ts'
import type { Launched } from './launch.ts'
import { isUnreachable, Outages, type Outage } from './outages.ts'

/** How long an output may be at its end before its container is, in milliseconds, before the container is looked at. */
const endMs = 2000
/** How often a container that is only watched is looked at: a daemon that hangs closes no connection. */
const pulseMs = 10_000

const gone = "The Docker daemon was restarted, and the run's container is gone: what became of the run is not known."

/** How often to go on without the copy: a daemon that gives nothing but rubbish is not asked for ever. */
const maxDamages = 3
const damaged = "Part of the output is missing: the Docker daemon's copy of it is damaged"

function isDamaged(error: unknown): boolean {
  return error instanceof LauncherError && error.code === 'ENGINE_FAILED'
}

/** Called where output was lost with the daemon, before anything that came later is passed on: its moment, by the daemon's clock. */
export type BrokenOff = (at: number) => Promise<void>

/**
 * A container that runs, whatever becomes of the daemon meanwhile and of the connections to it: what it writes comes once and in order, and its exit is
 * waited for until it is known.
 */
export class SteadyContainer {
  readonly outages: Outages
  readonly #parts: ConductorParts
  readonly #hand: JobInHand
  readonly #launched: Launched
  readonly #exited: Promise<void>
  /** Resolves with how it ended. */
  readonly exit: Promise<Exit>
  /** Bytes of output that were passed on, and how many of them the daemon's copy does not have. */
  #passed = 0
  #lacking = 0
  #damages = 0

  constructor(parts: ConductorParts, hand: JobInHand, launched: Launched) {
    const { id, watching } = launched
    this.#parts = parts
    this.#hand = hand
    this.#launched = launched
    this.outages = new Outages(parts, hand, { container: id, signal: watching.signal })
    this.exit = this.#wait()
    const over = () => {}
    this.#exited = this.exit.then(over, over)
  }

  /** Everything that it writes. `brokenOff`: as its type says. */
  async *output(brokenOff: BrokenOff): AsyncGenerator<Uint8Array> {
    let seen = this.outages.count
    let source = this.#launched.output
    for (;;) {
      try {
        for await (const bytes of source) {
          this.#passed += bytes.byteLength
          yield bytes
        }
        if (await this.#isWhole(seen)) return
      } catch (error) {
        if (isDamaged(error) && this.#damages++ < maxDamages) {
          source = this.#live(brokenOff)
          continue
        }
        if (!isUnreachable(error)) throw error
        await this.outages.over()
      }
      const outage = await this.outages.last()
      seen = this.outages.count
      source = this.#beyond(outage, brokenOff)
    }
  }

  /** Whether an output that ended is the container's to its end: else a connection broke. */
  async #isWhole(seen: number): Promise<boolean> {
    const { clock, engine } = this.#parts
    const done = new AbortController()
    const patience = clock.sleep(endMs, AbortSignal.any([done.signal, this.#launched.watching.signal])).catch(() => {})
    const exited = this.#exited.then(() => true)
    const first = await Promise.race([exited, this.outages.next, patience])
    done.abort()
    if (this.outages.count !== seen) return false
    if (first === true) return true
    const { state } = await engine.inspect(this.#launched.id)
    return state !== 'running'
  }

  /** The copy cannot be read, as where a daemon was cut off in the middle of a record: the run is not to suffer for it. */
  async *#live(brokenOff: BrokenOff): AsyncGenerator<Uint8Array> {
    const { clock, engine } = this.#parts
    const { id, watching } = this.#launched
    const isRunning = (await engine.inspect(id)).state === 'running'
    const source = isRunning ? await engine.attach(id, watching.signal) : null
    await brokenOff(clock.now())
    await this.#hand.log.line(damaged).catch(() => {})
    if (source) yield* source
  }

  /** What the daemon's copy has beyond what was passed on. */
  async *#beyond(outage: Outage | null, brokenOff: BrokenOff): AsyncGenerator<Uint8Array> {
    const { id, watching, since } = this.#launched
    const lostAt = outage?.died ? outage.at : null
    const position = new CopyPosition({ known: this.#passed - this.#lacking, lostAt })
    const splitAt = [since, lostAt].filter((moment) => moment !== null)
    for await (const piece of await this.#parts.engine.output(id, { signal: watching.signal, splitAt })) {
      if (since !== null && piece.at <= since) continue
      const { bytes, lacking } = position.read(piece)
      if (lacking !== null) {
        this.#lacking += lacking
        await brokenOff(lostAt ?? 0)
      }
      if (bytes.byteLength > 0) yield bytes
    }
  }

  async #wait(): Promise<Exit> {
    for (;;) {
      try {
        return await this.#waitOnce()
      } catch (error) {
        this.#launched.watching.signal.throwIfAborted()
        if (!isUnreachable(error)) throw error
        const { left } = await this.outages.over()
        if (left === 'gone') throw new LauncherError('ENGINE_RESTARTED', gone)
      }
    }
  }

  /** A wait whose connection is dead in silence is given up when the container is seen to have ended. */
  async #waitOnce(): Promise<Exit> {
    const { engine } = this.#parts
    const { id, watching } = this.#launched
    const ending = new AbortController()
    const waiting = engine.wait(id, AbortSignal.any([watching.signal, ending.signal]))
    const pulse = this.#pulse(ending.signal)
    try {
      const first = await Promise.race([waiting, pulse])
      return first ?? (await engine.wait(id, watching.signal))
    } finally {
      ending.abort()
      waiting.catch(() => {})
      pulse.catch(() => {})
    }
  }

  /** Resolves when the container has ended and nobody said so. Rejects with ENGINE_UNREACHABLE when the daemon does not answer. */
  async #pulse(ended: AbortSignal): Promise<null> {
    for (let over = 0; over < 2; ) {
      await this.#parts.clock.sleep(pulseMs, ended)
      const { state } = await this.#parts.engine.inspect(this.#launched.id)
      over = state === 'running' ? 0 : over + 1
    }
    return null
  }
}
