import { readFile } from 'node:fs/promises'
import { hasEnded, signal as send } from '../../quickstart/processes/ending.ts'
import { startProgram, type Program, type ProgramStart } from '../../quickstart/processes/program.ts'

/** How a program is started again and again: everything but the log, which each start has to itself. */
export type Start = Omit<ProgramStart, 'log'>

const endMs = 30_000

/** One of our programs as a process that a test can kill and start again. */
export class TestProgram {
  readonly name: string
  readonly #start: Start
  readonly #log: (time: number) => string
  #times = 0
  #program: Program | null = null

  /** `log`: the file for the nth start. */
  constructor(start: Start, log: (time: number) => string) {
    this.name = start.name
    this.#start = start
    this.#log = log
  }

  /** The line by which it said that it is ready. */
  get greeting(): Readonly<Record<string, unknown>> {
    return this.#running.greeting
  }

  get pid(): number {
    return this.#running.identity.pid
  }

  /** Starts it, and resolves when it is ready. `env` adds to or replaces what it is started with. */
  async start(env: Readonly<Record<string, string>> = {}): Promise<void> {
    this.#times += 1
    const start = { ...this.#start, env: { ...this.#start.env, ...env }, log: this.#log(this.#times) }
    this.#program = await startProgram(start, () => Promise.resolve())
  }

  /** Sends a signal, and waits for nothing. */
  signal(name: NodeJS.Signals): void {
    send(this.pid, name)
  }

  /** Whether it ends by itself within `limitMs`. */
  async ends(limitMs = endMs): Promise<boolean> {
    return await hasEnded(this.#running.identity, limitMs)
  }

  /** Kills it as a crash would, and waits until it is gone. */
  async kill(): Promise<void> {
    if (!this.#program) return
    await this.#program.stop(AbortSignal.abort())
  }

  /** Everything that it wrote, over all starts. */
  async output(): Promise<string> {
    const files = Array.from({ length: this.#times }, (_, index) => this.#log(index + 1))
    const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')))
    return texts.join('')
  }

  get #running(): Program {
    if (!this.#program) throw new Error(`${this.name} was not started`)
    return this.#program
  }
}
