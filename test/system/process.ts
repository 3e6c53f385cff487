import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onTestFailed } from 'vitest'
import type { World } from '../support/world.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** One of our programs, whose exit code and whose two outputs matter to a test. */
export class Process implements AsyncDisposable {
  readonly child: ChildProcess
  /** Resolves with the exit code when the process is gone; null if a signal ended it. */
  readonly ended: Promise<number | null>
  readonly #written = { out: '', err: '' }

  /** `script`: its path from the root of the project. `env`: all but PATH and HOME. */
  constructor(script: string, words: readonly string[], env: Readonly<Record<string, string>>) {
    const { PATH = '', HOME = '' } = process.env
    this.child = spawn(process.execPath, [`${root}${script}`, ...words], { env: { PATH, HOME, ...env } })
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.#written.out += text))
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#written.err += text))
    this.ended = once(this.child, 'close').then(([code]) => code as number | null)
    onTestFailed(() => void process.stdout.write(`==== ${script}\n${this.out}${this.err}`))
  }

  get out(): string {
    return this.#written.out
  }

  get err(): string {
    return this.#written.err
  }

  /** Waits until it wrote a text. Its end before that is an error with all that it wrote. */
  async says(text: string): Promise<void> {
    for (let over = false; !`${this.out}${this.err}`.includes(text); ) {
      if (over) throw new Error(`it ended without saying ${text}: ${this.out}${this.err}`)
      const written = [this.child.stdout, this.child.stderr].flatMap((one) => (one ? [once(one, 'data')] : []))
      over = await Promise.race([this.ended.then(() => true), ...written.map((one) => one.then(() => false))])
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL')
    await this.ended
  }
}

/** Starts a launcher of a world's pool, in a directory of its own or of this name. */
export async function launch(world: World, name: string, env: Readonly<Record<string, string>> = {}): Promise<Process> {
  const launcher = new Process('launcher/bin.js', [], { ...world.launcherEnv(name), ...env })
  await launcher.says('launcher ready')
  return launcher
}
