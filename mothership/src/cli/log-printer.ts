import { bold } from './colours.ts'
import type { Io } from './io.ts'
import type { Transition } from './shapes.ts'

/** Takes a run's history and its logs in their order. Both are awaited: what prints may be slower than what is printed. */
export interface LogPrinter {
  /** A state begins. */
  state(transition: Transition): void | Promise<void>
  /** More of the log of the state that began last. */
  text(text: string): void | Promise<void>
}

type Write = (text: string) => void | Promise<void>

/** Prints every state as a heading, with whose it is and why, and its log below. */
export class HeadedLog implements LogPrinter {
  readonly #io: Io
  readonly #write: Write
  #between = ''

  constructor(io: Io, write: Write) {
    this.#io = io
    this.#write = write
  }

  state({ state, worker, username, note }: Transition): void | Promise<void> {
    const who = [worker && `worker ${worker}`, username && `by ${username}`].filter(Boolean).join(', ')
    const heading = [bold(this.#io, `== ${state} ==`), who, note].filter(Boolean).join('  ')
    const before = this.#between
    this.#between = ''
    return this.#write(`${before}${heading}\n`)
  }

  text(text: string): void | Promise<void> {
    if (text === '') return undefined
    this.#between = text.endsWith('\n') ? '\n' : '\n\n'
    return this.#write(text)
  }
}

/** Prints the log of one state, and nothing else. */
export class PhaseLog implements LogPrinter {
  readonly #phase: string
  readonly #write: Write
  #inside = false

  constructor(phase: string, write: Write) {
    this.#phase = phase
    this.#write = write
  }

  state({ state }: Transition): void {
    this.#inside = state === this.#phase
  }

  text(text: string): void | Promise<void> {
    return this.#inside ? this.#write(text) : undefined
  }
}

/**
 * Prints a JSON array of states, each with its log as `text`, piece by piece: a log may be larger than what fits into memory. Two
 * escaped halves of a character that was cut join to the whole one.
 */
export class JsonLog implements LogPrinter {
  readonly #write: Write
  #states = 0

  constructor(write: Write) {
    this.#write = write
  }

  state(transition: Transition): void | Promise<void> {
    const before = this.#states === 0 ? '[\n' : '"},\n'
    this.#states += 1
    return this.#write(`${before}${JSON.stringify(transition).slice(0, -1)},"text":"`)
  }

  text(text: string): void | Promise<void> {
    return this.#write(JSON.stringify(text).slice(1, -1))
  }

  end(): void | Promise<void> {
    return this.#write(this.#states === 0 ? '[]\n' : '"}\n]\n')
  }
}

/** Prints nothing: the end of the run is all that matters. */
export const silent: LogPrinter = { state: () => undefined, text: () => undefined }
