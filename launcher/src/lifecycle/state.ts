import type { Logger } from '../base/log.ts'

/*
 *   starting ──> ready <──> offline          starting   waits for the engine, registers, connects
 *      │           │           │             ready      takes jobs, and is told at once
 *      │           v           │             offline    no rings arrive; orders are still fetched with every heartbeat
 *      └──────> draining <─────┘             draining   takes no job; the one in hand goes on
 *                  │                         stopped    ended as asked
 *                  v                         failed     ended by a fault; from every state but stopped
 *               stopped
 */
const moves = {
  starting: ['ready', 'draining', 'failed'],
  ready: ['offline', 'draining', 'failed'],
  offline: ['ready', 'draining', 'failed'],
  draining: ['stopped', 'failed'],
  stopped: [],
  failed: [],
} as const satisfies Readonly<Record<string, readonly string[]>>

export type State = keyof typeof moves

export const states = Object.keys(moves) as State[]

/** What the launcher is doing, to whoever watches. There is one, and `move` is the only way to change it. */
export class Lifecycle {
  #state: State = 'starting'
  #why = 'not begun'
  readonly #log: Logger

  constructor(log: Logger) {
    this.#log = log
  }

  get state(): State {
    return this.#state
  }

  /** Why it is in this state, for a person. */
  get why(): string {
    return this.#why
  }

  /** Refuses, and says so, a move that the diagram does not have: a channel that comes back does not end a drain. */
  move(to: State, why: string): boolean {
    const allowed: readonly State[] = moves[this.#state]
    if (!allowed.includes(to)) return false
    this.#log.info({ from: this.#state, to, why }, 'state')
    this.#state = to
    this.#why = why
    return true
  }

  /** A new reason for the same state. */
  explain(why: string): void {
    this.#why = why
  }
}
