import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { runCommand } from '../../../ci/tools/command.ts'
import { openPerson, type Person } from '../../mothership/support/people.ts'
import { freePorts } from '../../support/free-ports.ts'
import { Child } from './child.ts'
import type { Rig } from './rig.ts'

const program = fileURLToPath(new URL('../../../mothership/bin.js', import.meta.url))

/** What of the rig it needs. */
export type Place = Pick<Rig, 'directory' | 'signal'>

/** A mothership process with one pool, reached by its command line. */
export class Mothership implements AsyncDisposable {
  readonly #child: Child
  readonly #env: Readonly<Record<string, string>>
  readonly #directory: string
  readonly #signal: AbortSignal

  private constructor(child: Child, rig: Place, env: Readonly<Record<string, string>>) {
    this.#child = child
    this.#directory = join(rig.directory, 'mothership')
    this.#signal = rig.signal
    this.#env = env
  }

  static async start(rig: Place): Promise<Mothership> {
    const data = join(rig.directory, 'mothership')
    const [people, broker, launchers] = await freePorts(3)
    const ports = ['--people-port', people, '--broker-port', broker, '--launchers-port', launchers].map(String)
    const words = ['serve', '--data', data, '--listen', '127.0.0.1', '--public-host', '127.0.0.1', ...ports]
    const env = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' }
    const child = await Child.start({
      name: 'mothership',
      command: [process.execPath, program, ...words],
      env,
      isReady: (line) => line.includes('"msg":"mothership ready"'),
      signal: rig.signal,
    })
    return new Mothership(child, rig, { ...env, SPACELIFT_MOTHERSHIP_PROFILE: join(data, 'profile.json') })
  }

  get pid(): number {
    return this.#child.pid
  }

  /** Makes a pool; answers what its launchers are given. */
  async makePool(): Promise<{ readonly SPACELIFT_TOKEN: string; readonly SPACELIFT_POOL_PRIVATE_KEY: string }> {
    const words = ['pool', 'create', 'bench', '--json', '--out', join(this.#directory, 'pool')]
    const { files } = (await this.ask(words)) as { files: { token: string; privateKey: string } }
    const [token, key] = await Promise.all([readFile(files.token, 'utf8'), readFile(files.privateKey)])
    return { SPACELIFT_TOKEN: token.trim(), SPACELIFT_POOL_PRIVATE_KEY: key.toString('base64') }
  }

  /** Somebody who may ask its API everything. */
  person(): Promise<Person> {
    return openPerson(this.#directory)
  }

  /** The answer of a command that has `--json` among its words. Rejects with what it complained of. */
  async ask(words: readonly string[]): Promise<unknown> {
    const how = { env: this.#env, signal: this.#signal }
    return JSON.parse(await runCommand(process.execPath, [program, ...words], how)) as unknown
  }

  /** The log of one state of a run, as the command line prints it. `read` gets it as it comes. Rejects if the command fails. */
  async log<T>(run: string, state: string, read: (text: Readable) => Promise<T>): Promise<T> {
    const words = [program, 'run', 'logs', run, '--phase', state]
    const child = spawn(process.execPath, words, {
      env: this.#env,
      signal: this.#signal,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = once(child, 'close') as Promise<[number | null]>
    const [value, [code]] = await Promise.all([read(child.stdout), ended])
    if (code === 0) return value
    throw new Error(`run logs ended with ${code}`)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#child[Symbol.asyncDispose]()
  }
}
