import { LauncherError } from '../base/errors.ts'
import { runProgram, type ProgramEnd } from './program.ts'

/** The two dialects of Rego. */
export type Language = 'v1' | 'v0'

/** How opa is run for one answer. */
export interface OpaRun {
  /** Where its files are. */
  readonly cwd: string
  readonly input?: string
  readonly signal: AbortSignal
}

/**
 * What a policy may use of the launcher's memory. It is its data segment that is limited, because Go reserves far more
 * addresses than it uses; the collector is told a little less, so that it works harder before the end.
 */
const memoryMiB = 1024
const collectorMiB = 768

/** opa's answers are small; a policy that denies with megabytes is ended. */
const maxCharacters = 8 * 1024 * 1024

/**
 * Sets the limits and becomes opa: what runs out of memory is to be opa, and not the launcher. A system without one of
 * them goes on without it.
 */
const limited = `{ ulimit -d ${memoryMiB * 1024}; echo 1000 > /proc/self/oom_score_adj; } 2>/dev/null; exec "$0" "$@"`

/** The opa program. Its environment is empty but for what it is given: its flags can be set there. */
export class Opa {
  readonly #file: string
  readonly #env: Readonly<Record<string, string>>

  constructor(file: string, env: Readonly<Record<string, string>>) {
    this.#file = file
    this.#env = env
  }

  /** Runs opa to its end. Rejects with the signal's reason only. */
  run(words: readonly string[], { cwd, input = '', signal }: OpaRun): Promise<ProgramEnd> {
    return runProgram({
      file: '/bin/sh',
      words: ['-c', limited, this.#file, ...words],
      cwd,
      env: { ...this.#env, GOMEMLIMIT: `${collectorMiB}MiB` },
      input,
      signal,
      maxCharacters,
    })
  }

  /** Runs opa and answers what it printed. Rejects with CONFIGURATION if that is not what an opa does. */
  async ask(words: readonly string[], run: OpaRun): Promise<string> {
    const end = await this.run(words, run)
    if (end.code === 0) return end.stdout
    throw this.unusable(
      `${words.join(' ')} failed: ${end.stderr.trim().split('\n').at(-1)?.slice(0, 500) || 'it said nothing'}`,
    )
  }

  /** The failure that says that this is no opa that can be used. */
  unusable(why: string): LauncherError {
    return new LauncherError('CONFIGURATION', `${this.#file} cannot evaluate the run initialization policy: ${why}`)
  }
}

/** The words by which opa is told which dialect a policy is written in. */
export function dialect(language: Language): readonly string[] {
  return language === 'v0' ? ['--v0-compatible'] : []
}
