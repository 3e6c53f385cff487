import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'

/** A call that a server of this process answered. Times by `performance.now()`. */
export interface AnsweredCall {
  /** `METHOD /path`. */
  readonly call: string
  readonly begunMs: number
  /** When the last byte of the answer was given to the system. */
  readonly answeredMs: number
}

const begun = 'http.server.request.start'
const answered = 'http.server.response.finish'

/**
 * The calls that this process' HTTP servers answer, timed by Node's own channels (https://nodejs.org/api/diagnostics_channel.html#http), so that
 * a server needs to know nothing of it.
 */
export class AnsweredCalls implements Disposable {
  readonly #calls: AnsweredCall[] = []
  readonly #begun = new WeakMap<IncomingMessage, number>()
  readonly #waiters = new Set<() => void>()

  constructor() {
    subscribe(begun, this.#onBegun)
    subscribe(answered, this.#onAnswered)
  }

  /** Resolves with the time of the answer after which `reached` is true for the first time. */
  async when(reached: () => boolean): Promise<number> {
    while (!reached()) await new Promise<void>((resolve) => this.#waiters.add(resolve))
    return this.#calls.at(-1)?.answeredMs ?? performance.now()
  }

  /** Answers everything since the last call, and forgets it. */
  forget(): readonly AnsweredCall[] {
    return this.#calls.splice(0)
  }

  [Symbol.dispose](): void {
    unsubscribe(begun, this.#onBegun)
    unsubscribe(answered, this.#onAnswered)
  }

  readonly #onBegun = (message: unknown) => {
    this.#begun.set((message as { request: IncomingMessage }).request, performance.now())
  }

  readonly #onAnswered = (message: unknown) => {
    const answeredMs = performance.now()
    const { request } = message as { request: IncomingMessage }
    const begunMs = this.#begun.get(request) ?? answeredMs
    this.#calls.push({ call: `${request.method} ${request.url}`, begunMs, answeredMs })
    const waiters = [...this.#waiters]
    this.#waiters.clear()
    for (const wake of waiters) wake()
  }
}
