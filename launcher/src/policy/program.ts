/** A program to be run to its end. `env` is its whole environment. */
export interface ProgramCall {
  readonly file: string
  readonly words: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly input?: string
  readonly signal: AbortSignal
  /** It is ended when one of its outputs becomes longer. */
  readonly maxCharacters: number
}

/** How a program ended. */
export interface ProgramEnd {
  /** Null: it did not start, or was ended by a signal. */
  readonly code: number | null
  /** By which signal it was ended. */
  readonly signal: string | null
  /** One of its outputs was too long. */
  readonly tooLong: boolean
  /** Why it could not be started, as the system names it: ENOENT. */
  readonly refusal: string | null
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs a program to its end; nothing that it started outlives it, unless it went into a session of its own. Rejects with
 * the signal's reason only.
 */
export async function runProgram(call: ProgramCall): Promise<ProgramEnd> {
  const { file, words, cwd, env, input = '', signal, maxCharacters } = call
  // With the first program: a launcher without a policy needs none of it.
  const { execa } = await import('execa')
  signal.throwIfAborted()
  const subprocess = execa(file, words, {
    cwd,
    env,
    extendEnv: false,
    input,
    cancelSignal: signal,
    killSignal: 'SIGKILL',
    killDescendants: true,
    maxBuffer: maxCharacters,
    stripFinalNewline: false,
    reject: false,
  })
  const end = await subprocess
  subprocess.kill('SIGKILL')
  signal.throwIfAborted()
  return {
    code: end.exitCode ?? null,
    signal: end.signal ?? null,
    tooLong: end.isMaxBuffer,
    refusal: end.exitCode === undefined && end.signal === undefined ? (end.code ?? 'unknown') : null,
    stdout: end.stdout,
    stderr: end.stderr,
  }
}
