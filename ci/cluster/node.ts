import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { machinePath } from '../../quickstart/machine/find-program.ts'
import type { ProcessIdentity } from '../../quickstart/processes/identity.ts'
import { runCommand } from '../tools/command.ts'
import type { Daemon } from './daemons.ts'
import { nodeName, type Layout } from './layout.ts'
import { inside } from './room.ts'

/** What a node is started with. `kubernetes`: the executable that is also kubectl. */
export interface NodeParts {
  readonly room: ProcessIdentity
  readonly layout: Layout
  readonly kubernetes: string
  readonly signal: AbortSignal
}

const readyMs = 120_000
const lookAgainMs = 100

/** The daemons of a node while it comes up. */
export class Node {
  readonly #parts: NodeParts
  /** The name of the first daemon that ended. */
  #fallen: string | null = null

  constructor(parts: NodeParts) {
    this.#parts = parts
  }

  /** Starts a daemon in the room, which ends it. Its output goes to its log. */
  start({ name, command }: Daemon): void {
    const log = openSync(this.#parts.layout.log(name), 'a')
    const [program, words] = inside(this.#parts.room, command)
    const env = { PATH: machinePath, HOME: '/root' }
    const child = spawn(program, words, { env, detached: true, stdio: ['ignore', log, log] })
    closeSync(log)
    child.once('exit', () => (this.#fallen ??= name))
    child.unref()
  }

  /** Waits until a command of the machine succeeds. Rejects when a daemon has ended, and with the command's words in the end. */
  async until(command: readonly string[]): Promise<string> {
    const [program = '', ...words] = command
    const until = performance.now() + readyMs
    for (;;) {
      try {
        return await runCommand(program, words, {
          env: { PATH: machinePath, HOME: '/nonexistent' },
          signal: this.#parts.signal,
        })
      } catch (error) {
        this.#parts.signal.throwIfAborted()
        if (this.#fallen) throw new Error(await this.#lastWords(this.#fallen), { cause: error })
        if (performance.now() > until) throw error
      }
      await sleep(lookAgainMs, undefined, { signal: this.#parts.signal })
    }
  }

  /** Waits until kubectl succeeds. */
  kubectl(...words: readonly string[]): Promise<string> {
    return this.until([this.#parts.kubernetes, 'kubectl', '--kubeconfig', this.#parts.layout.kubeconfig, ...words])
  }

  /** Waits until pods can be made and run. */
  async ready(): Promise<void> {
    await this.kubectl('wait', '--for=condition=Ready', `node/${nodeName}`, '--timeout=5s')
    await this.kubectl('get', 'serviceaccount', 'default', '--namespace', 'default')
    for (const file of ['objects.yaml', 'volumes.json']) {
      await this.kubectl('apply', '--filename', this.#parts.layout.file(file))
    }
  }

  async #lastWords(name: string): Promise<string> {
    const lines = (await readFile(this.#parts.layout.log(name), 'utf8')).trim().split('\n')
    return `${name} ended: ${lines.slice(-3).join(' ').slice(-1000)}`
  }
}
