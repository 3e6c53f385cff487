import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { runCommand } from '../../ci/tools/command.ts'
import { messageOf } from '../../ci/tools/errors.ts'
import { decodeJson, type Check } from '../../protocol/decoded.ts'
import { QuickstartError } from '../failure.ts'

/** How the mothership's command line is called. */
export interface CommandLineOptions {
  /** Node's executable and the program. */
  readonly command: readonly [string, string]
  /** The whole environment; it names the profile. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
}

/** Something that goes on until it is stopped or ends. */
export interface Following {
  readonly ended: Promise<void>
  hasEnded(): boolean
  stop(): void
}

/** What is needed of the command line. */
export type Cli = Pick<CommandLine, 'ask' | 'follow'>

/** The mothership's command line, used as a person would: by its arguments, its `--json` and its exit code. */
export class CommandLine {
  readonly #options: CommandLineOptions

  constructor(options: CommandLineOptions) {
    this.#options = options
  }

  /** Runs a command and reads its answer. Rejects with `program-failed`, ending in what it complained of. */
  async ask<T>(words: readonly string[], check: Check<T>): Promise<T> {
    const { command, env, signal } = this.#options
    const [node, program] = command
    const what = `spacelift-mothership ${words.slice(0, 2).join(' ')}`
    const call = runCommand(node, [program, ...words, '--json'], { env, signal, name: what })
    const text = await call.catch((error: unknown) => {
      signal.throwIfAborted()
      throw new QuickstartError('program-failed', messageOf(error))
    })
    const answer = decodeJson(what, text, check)
    if (answer.ok) return answer.value
    throw new QuickstartError('program-failed', answer.fault.message)
  }

  /** Starts a command that goes on, and passes on what it writes. */
  follow(words: readonly string[], heard: (text: string) => void): Following {
    const { command, env, signal } = this.#options
    const [node, program] = command
    const child = spawn(node, [program, ...words], { env, signal, stdio: ['ignore', 'pipe', 'ignore'] })
    child.on('error', () => undefined)
    child.stdout.setEncoding('utf8').on('data', heard)
    const ended = once(child, 'close').then(
      () => undefined,
      () => undefined,
    )
    return {
      ended,
      hasEnded: () => child.exitCode !== null || child.signalCode !== null,
      stop: () => void child.kill(),
    }
  }
}
