import type { Address } from './address.ts'
import { failureOf } from './failure.ts'

/** Where git works, and what it is told beside its arguments. */
export interface GitPlace {
  readonly address: Address
  readonly directory: string
  /** A file of configuration that counts above all others. */
  readonly config: string
  readonly environment: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/** The launcher's own credentials are none of git's business, and it must never wait for somebody to type a password. */
const surroundings = {
  SPACELIFT_TOKEN: undefined,
  SPACELIFT_POOL_PRIVATE_KEY: undefined,
  GIT_TERMINAL_PROMPT: '0',
  GIT_ASKPASS: '',
  SSH_ASKPASS: undefined,
  SSH_ASKPASS_REQUIRE: undefined,
  GIT_SSH: undefined,
  GIT_SSH_COMMAND: undefined,
  LC_ALL: 'C',
}

/** Lists of files in messages are long. */
const maxCharacters = 4 * 1024 * 1024

/** Runs git to its end; a signal ends it with all that it started. Rejects with the reason of the signal, or as `failureOf` says. */
export async function runGit(words: readonly string[], place: GitPlace): Promise<void> {
  // With the first source that git fetches: a launcher that waits needs none of it.
  const { execa } = await import('execa')
  const subprocess = execa('git', ['-c', `include.path=${place.config}`, ...words], {
    cwd: place.directory,
    env: { ...surroundings, ...place.environment },
    stdin: 'ignore',
    cancelSignal: place.signal,
    killSignal: 'SIGKILL',
    killDescendants: true,
    maxBuffer: maxCharacters,
    reject: false,
  })
  const end = await subprocess
  place.signal.throwIfAborted()
  if (!end.failed) return
  const stderr =
    end.exitCode === undefined && !end.isTerminated ? `git cannot be run (${end.code ?? 'unknown'})` : end.stderr
  throw failureOf(place.address, { doing: words[0] ?? '', stderr })
}
