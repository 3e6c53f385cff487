import { spawn } from 'node:child_process'
import { ToolError } from './errors.ts'

/** How a program of the machine is run. `env` is the whole environment. */
export interface CommandOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  readonly cwd?: string
  /** What it is called in a failure: the program and its first argument unless said otherwise. */
  readonly name?: string
  /** Gets each line of both outputs as it comes. */
  readonly line?: (line: string) => void
}

/** Enough for every answer that is read; the rest of a longer output is dropped. */
const maxKeptCharacters = 1024 * 1024

/**
 * Runs a program to its end and answers its standard output. Rejects with `command-failed`, ending in the last lines of
 * the program's standard error, or with the signal's reason.
 */
export async function runCommand(
  command: string,
  arguments_: readonly string[],
  options: CommandOptions,
): Promise<string> {
  options.signal.throwIfAborted()
  const { env, cwd, signal, name = `${command} ${arguments_[0] ?? ''}` } = options
  const child = spawn(command, arguments_, { env, ...(cwd && { cwd }), signal, stdio: ['ignore', 'pipe', 'pipe'] })
  const output = keep(child.stdout, options.line)
  const complaints = keep(child.stderr, options.line)
  const ended = await new Promise<{ code: number | null; error?: Error }>((resolve) => {
    child.once('error', (error) => resolve({ code: null, error }))
    child.once('close', (code) => resolve({ code }))
  })
  signal.throwIfAborted()
  if (ended.code === 0) return output()
  const why = ended.error?.message ?? (lastLines(complaints()) || `exit code ${ended.code}`)
  throw new ToolError('command-failed', `${name} failed: ${why}`)
}

function keep(stream: NodeJS.ReadableStream, line?: (line: string) => void): () => string {
  let kept = ''
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (text: string) => {
    if (kept.length < maxKeptCharacters) kept += text
    if (!line) return
    const lines = (rest + text).split(/[\r\n]+/)
    rest = lines.pop() ?? ''
    for (const one of lines) if (one.trim()) line(one)
  })
  return () => kept
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-3).join(' ').slice(-500)
}
