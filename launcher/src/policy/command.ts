import { listOf } from './json.ts'
import { noAnswer } from './no-answer.ts'
import { runProgram, type ProgramEnd } from './program.ts'

/** What `exec` gives a policy. */
export interface CommandResult {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

export interface CommandCall {
  /** What the policy gave to `exec`, as JSON gives it. */
  readonly command: unknown
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

const maxCharacters = 64 * 1024
const couldNotStart = 127
const endedBySignal = 128

/**
 * Runs what a policy asks for: a list is a program and its arguments, a text is a line for the shell. Rejects with
 * POLICY_FAILED for anything else and for more output than a policy can want, and with the signal's reason.
 */
export async function runCommand({ command, cwd, env, signal }: CommandCall): Promise<CommandResult> {
  const [file, ...words] = wordsOf(command)
  if (!file)
    throw noAnswer(
      `it called exec(${JSON.stringify(command).slice(0, 200)}): expected a list of texts or a text, without NUL`,
    )
  const end = await runProgram({ file, words, cwd, env, signal, maxCharacters })
  if (end.tooLong) throw noAnswer(`${file} printed more than ${maxCharacters} characters`)
  return {
    status: statusOf(end),
    stdout: end.stdout,
    stderr: end.refusal === null ? end.stderr : `${file}: ${end.refusal}`,
  }
}

/** As a shell counts. */
function statusOf({ code, signal }: ProgramEnd): number {
  if (code !== null) return code
  return signal === null ? couldNotStart : endedBySignal
}

/** No words: nothing that a program can be started with. */
function wordsOf(command: unknown): readonly string[] {
  const words = typeof command === 'string' && command !== '' ? ['/bin/sh', '-c', command] : listOf(command)
  return words.filter(isWord).length === words.length ? words.filter(isWord) : []
}

function isWord(word: unknown): word is string {
  return typeof word === 'string' && !word.includes('\0')
}
