import type { Command } from 'commander'
import { Refusal } from '../base/errors.ts'
import { CommandFailure, exitCodes, type ExitCode } from './failure.ts'
import type { Io } from './io.ts'
import { withSession, type CommonOptions, type Session } from './session.ts'

/** One command: what its help says, and what it does. */
export interface CommandSpec<Options> {
  /** Name and arguments in commander's words: `show <run>`. */
  readonly usage: string
  readonly summary: string
  /** What is worth knowing beyond the summary. */
  readonly about?: string
  /** Flags, sentence, and for a flag that may be given several times `repeated`. */
  readonly options?: readonly (readonly [flags: string, sentence: string, kind?: 'repeated'])[]
  /** Command lines without the program's name. */
  readonly examples: readonly string[]
  readonly run: (session: Session, input: Input<Options>) => Promise<void>
}

export interface Input<Options> {
  /** Positional arguments; one that was left out is undefined, a variadic one is joined by nothing: see `rest`. */
  readonly args: readonly (string | undefined)[]
  /** The values of a variadic argument at the end. */
  readonly rest: readonly string[]
  readonly options: Options
}

const programName = 'spacelift-mothership'

/** Adds a command below `parent`. Whatever goes wrong in it ends as one message on standard error and an exit code. */
export function addCommand<Options>(parent: Command, io: Io, spec: CommandSpec<Options>): void {
  const command = parent.command(spec.usage).summary(spec.summary)
  command.description(spec.about ? `${spec.summary}\n\n${spec.about}` : spec.summary)
  for (const [flags, sentence, kind] of spec.options ?? []) {
    if (kind === 'repeated')
      command.option(flags, sentence, (value: string, before?: string[]) => [...(before ?? []), value])
    else command.option(flags, sentence)
  }
  command.option('--json', 'write one JSON value to standard output, and nothing else')
  command.option('--profile <file>', 'where the mothership is and who asks (SPACELIFT_MOTHERSHIP_PROFILE)')
  command.addHelpText(
    'after',
    `\nExamples:\n${spec.examples.map((example) => `  ${programName} ${example}\n`).join('')}`,
  )
  command.action(async () => {
    const options = command.opts<Options & CommonOptions>()
    await reported(io, () => withSession(io, options, (session) => spec.run(session, { ...inputOf(command), options })))
  })
}

function inputOf(command: Command): Pick<Input<unknown>, 'args' | 'rest'> {
  const given = command.processedArgs as (string | string[] | undefined)[]
  const rest = given.at(-1)
  return {
    args: given.map((value) => (Array.isArray(value) ? undefined : value)),
    rest: Array.isArray(rest) ? rest : [],
  }
}

/** Runs a command's work and turns its end into an exit code. A bug is thrown on. */
export async function reported(io: Io, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    const { exitCode, message } = io.signal.aborted ? interrupted : verdictOf(error)
    if (message) io.err(`${message}\n`)
    io.exit(exitCode)
  }
}

const interrupted = { exitCode: exitCodes.interrupted, message: '' }

function verdictOf(error: unknown): { readonly exitCode: ExitCode; readonly message: string } {
  if (error instanceof CommandFailure) return error
  if (error instanceof Refusal) return { exitCode: exitCodes.failed, message: error.message }
  // A file that cannot be read or written: Node's own message names it.
  if (error instanceof Error && 'syscall' in error) return { exitCode: exitCodes.failed, message: error.message }
  throw error
}
