import { setTimeout as sleep } from 'node:timers/promises'
import type { Cli, Following } from '../system/command-line.ts'
import { checkRun, type RunView } from '../system/shapes.ts'
import { isOver, isUnconfirmed } from './run-states.ts'

const tickMs = 50
/** How long the log is believed before the run itself is looked at. */
const lookMs = 3_000
const lastWordsMs = 10_000
const tailCharacters = 1_000

/** Passes a run's log on, and tells where the run is. */
export class RunFollower {
  readonly #cli: Cli
  readonly #id: string
  readonly #write: (text: string) => void
  readonly #signal: AbortSignal
  #heard = 0
  #tail = ''
  #following: Following

  constructor(cli: Cli, id: string, { write, signal }: { write: (text: string) => void; signal: AbortSignal }) {
    this.#cli = cli
    this.#id = id
    this.#write = write
    this.#signal = signal
    this.#following = this.#follow()
  }

  /** Resolves when the run waits for a person or is over, and its log until there was passed on. */
  async pauseOrEnd(): Promise<RunView> {
    for (;;) {
      this.#tail = ''
      if (this.#following.hasEnded()) this.#following = this.#follow()
      await this.#pauseHeard(lookMs)
      const run = await this.#cli.ask(['run', 'show', this.#id], checkRun)
      if (isOver(run) || isUnconfirmed(run)) {
        await this.#pauseHeard(lastWordsMs)
        return run
      }
    }
  }

  stop(): void {
    this.#following.stop()
  }

  /** Until the log says that the run waits, or ends with the run; or for so long. */
  async #pauseHeard(limitMs: number): Promise<void> {
    const until = performance.now() + limitMs
    while (!this.#following.hasEnded() && !this.#tail.includes('== UNCONFIRMED ==') && performance.now() < until) {
      await sleep(tickMs, undefined, { signal: this.#signal })
    }
    // What an ended one still has to say is in its pipe.
    if (this.#following.hasEnded()) await this.#following.ended
  }

  /** A follower may end at a pause; the next one begins with what was passed on already, which is left out. */
  #follow(): Following {
    let known = this.#heard
    return this.#cli.follow(['run', 'logs', '--follow', this.#id], (text) => {
      const fresh = text.slice(Math.min(known, text.length))
      known -= text.length - fresh.length
      this.#heard += fresh.length
      this.#tail = (this.#tail + fresh).slice(-tailCharacters)
      if (fresh) this.#write(fresh)
    })
  }
}
