import { CommandFailure, exitCodes } from './failure.ts'
import { readHistory, readLogPage } from './log-page.ts'
import type { LogPrinter } from './log-printer.ts'
import { patiently } from './patience.ts'
import { changeRun, type RunRef } from './runs.ts'
import type { Session } from './session.ts'
import type { Transition } from './shapes.ts'

const pollMs = 500
/** A log that does not end although its run has: the mothership no longer expects what is missing, and so nobody should. */
const mostIdleRounds = 20

export interface Following {
  readonly printer: LogPrinter
  /** Whether logs are read at all: who only waits for the end does not need them. */
  readonly logs: boolean
  /** Confirm the run when it waits for it. */
  readonly confirm: boolean
  /** What to give along with the confirmation. */
  readonly metadata?: readonly string[] | undefined
  /** `now`: what is there. `decision`: until a person must decide, or the end. `end`: until the run is over. */
  readonly until: 'now' | 'decision' | 'end'
}

/** Goes through a run's states and their logs, and answers the last one that it saw. A mothership that is away is waited for. */
export async function followRun(session: Session, run: RunRef, following: Following): Promise<Transition> {
  const reader = new Reader(session, run, following)
  for (;;) {
    const history = await patiently(session.io, () => readHistory(session, run))
    const read = await reader.catchUp(history)
    const last = history.at(-1)
    if (last && read && isTheEnd(last, following)) return last
    if (last?.state === 'UNCONFIRMED' && read) await reader.decide(last)
    await session.io.clock.sleep(pollMs, session.io.signal)
  }
}

function isTheEnd({ terminal, state }: Transition, { until, confirm }: Following): boolean {
  if (terminal || until === 'now') return true
  return state === 'UNCONFIRMED' && until === 'decision' && !confirm
}

/** Where one reader is in a run: in which state, and how far in its log. */
class Reader {
  readonly #session: Session
  readonly #run: RunRef
  readonly #following: Following
  #index = 0
  #headed = -1
  #token: string | null = null
  #idleRounds = 0
  #decided = 0

  constructor(session: Session, run: RunRef, following: Following) {
    this.#session = session
    this.#run = run
    this.#following = following
  }

  /** Reads on to the present. Answers whether everything up to the newest state was read, as far as it can be now. */
  async catchUp(history: readonly Transition[]): Promise<boolean> {
    for (let state = history[this.#index]; state; state = history[this.#index]) {
      await this.#head(state)
      const finished = await this.#log(state)
      const newest = this.#index === history.length - 1
      if (!finished && !this.#givesUp(history)) return newest && this.#following.until === 'now'
      if (newest) return true
      this.#index += 1
      this.#token = null
      this.#idleRounds = 0
    }
    return false
  }

  /** A run waits for a person: confirm it, or say so once. */
  async decide({ state, stateVersion }: Transition): Promise<void> {
    const { io } = this.#session
    if (this.#decided === stateVersion) return
    this.#decided = stateVersion
    if (this.#following.confirm) await patiently(io, () => this.#confirm())
    else io.err(`Run ${this.#run.id} is ${state}: ${howToDecide(this.#run.id)}\n`)
  }

  /** Somebody else may have decided in between, or an answer was lost and this is the second try: the history tells. */
  async #confirm(): Promise<void> {
    try {
      await changeRun(this.#session, this.#run, { field: 'runConfirm', metadata: this.#following.metadata })
    } catch (error) {
      if (!(error instanceof CommandFailure) || error.exitCode !== exitCodes.conflict) throw error
    }
  }

  async #head(state: Transition): Promise<void> {
    if (this.#headed === this.#index) return
    this.#headed = this.#index
    await this.#following.printer.state(state)
  }

  /** Prints what is there of a state's log. Answers whether that is all there will ever be. */
  async #log({ state, stateVersion, hasLogs }: Transition): Promise<boolean> {
    if (!this.#following.logs || !hasLogs) return true
    for (;;) {
      const page = await patiently(this.#session.io, () =>
        readLogPage(this.#session, this.#run, { state, stateVersion, token: this.#token }),
      )
      this.#token = page.token
      if (page.text !== '') this.#idleRounds = 0
      await this.#following.printer.text(page.text)
      if (page.finished || !page.hasMore) return page.finished
    }
  }

  #givesUp(history: readonly Transition[]): boolean {
    if (this.#following.until === 'now') return this.#index < history.length - 1
    if (!history.at(-1)?.terminal) return false
    this.#idleRounds += 1
    return this.#idleRounds > mostIdleRounds
  }
}

/** What a person can do about a run that waits for them. */
export function howToDecide(run: string): string {
  return `decide with \`spacelift-mothership run confirm ${run}\` or \`run discard ${run}\`.`
}
