import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { findProgram } from '../../../quickstart/machine/find-program.ts'
import { within } from '../within.ts'

/** A program to start. `env` is its whole environment. */
export interface ChildStart {
  readonly name: string
  /** Executable and arguments. */
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Whether a line of its output says that it is ready. */
  readonly isReady: (line: string) => boolean
  readonly signal: AbortSignal
}

const readyMs = 60_000
const endMs = 10_000
const keptLines = 20

/** A process that is under measurement: it is known to the millisecond when it said that it is ready. */
export class Child implements AsyncDisposable {
  /** From before it was spawned to the line that said that it is ready. */
  readonly readyAfterMs: number
  readonly #child: ChildProcess
  readonly #closed: Promise<void>

  private constructor(child: ChildProcess, closed: Promise<void>, readyAfterMs: number) {
    this.#child = child
    this.#closed = closed
    this.readyAfterMs = readyAfterMs
  }

  /** Starts a program and waits until it is ready. Rejects with its last lines if it ends before. */
  static async start({ name, command, env, isReady, signal }: ChildStart): Promise<Child> {
    // With it the kernel ends the program should this process be killed.
    const setpriv = findProgram('setpriv')
    const [file = '', ...words] = setpriv ? [setpriv, '--pdeathsig', 'KILL', ...command] : command
    const beganMs = performance.now()
    const child = spawn(file, words, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    const closed = new Promise<void>((resolve) => void child.once('close', () => resolve()).once('error', resolve))
    const said: string[] = []
    const ready = new Promise<number>((resolve, reject) => {
      const heard = (line: string) => {
        if (isReady(line)) resolve(performance.now() - beganMs)
        said.splice(0, Math.max(0, said.push(line) - keptLines))
      }
      for (const output of [child.stdout, child.stderr]) createInterface({ input: output }).on('line', heard)
      void closed.then(() => reject(new Error(`${name} ended: ${said.join('\n')}`)))
    })
    try {
      return new Child(child, closed, await within({ what: `${name} is ready`, ms: readyMs, signal }, ready))
    } catch (error) {
      child.kill('SIGKILL')
      await closed
      throw error
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Ends it as an operator would, and kills it if that takes too long. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGTERM')
    const patience = setTimeout(() => this.#child.kill('SIGKILL'), endMs)
    await this.#closed
    clearTimeout(patience)
  }
}
