import { type Command, CommanderError } from 'commander'
import { exitCodes } from './failure.ts'
import type { Io } from './io.ts'
import { addPoolCommands } from './pool-commands.ts'
import { addRunCommands } from './run-commands.ts'
import { addStackCommands } from './stack-commands.ts'
import { addTaskCommand } from './trigger-commands.ts'
import { addWorkerCommands } from './worker-commands.ts'

const about = `
Getting started:
  spacelift-mothership serve --data ./data                 the server; writes ./data/profile.json
  export SPACELIFT_MOTHERSHIP_PROFILE=./data/profile.json
  spacelift-mothership pool create main                     a pool, its key and its token
  spacelift-mothership stack apply ./my-stack               what is to be run (a directory with a stack.yaml)
  spacelift-mothership run trigger my-stack --follow        plan; then run confirm, and it is applied

Which server: --profile FILE or SPACELIFT_MOTHERSHIP_PROFILE; or SPACELIFT_API_KEY_ENDPOINT, SPACELIFT_API_KEY_ID,
SPACELIFT_API_KEY_SECRET and SPACELIFT_API_TLS_CA, as spacectl has them.

Exit codes: 0 done; 1 failed, or the run that was waited for did; 2 wrong command line; 3 not found; 4 does not fit the present
state, or the run that was waited for waits for a decision; 5 no connection, or not authorised; 130 interrupted.

Colours are left out when standard output is not a terminal, and with NO_COLOR.
`

/** Adds the operator's commands: everything but `serve`. Nothing here touches the process: see Io. */
export function addCommands(program: Command, io: Io): void {
  program
    .exitOverride()
    .configureOutput({ writeOut: (text) => void io.out(text), writeErr: (text) => io.err(text) })
    .showHelpAfterError('(--help says what there is)')
    .addHelpText('after', about)
  addPoolCommands(program, io)
  addWorkerCommands(program, io)
  addStackCommands(program, io)
  addRunCommands(program, io)
  addTaskCommand(program, io)
}

/** Runs a command line (without node and script). Always resolves, with the exit code set, unless there is a bug. */
export async function runCommandLine(program: Command, words: readonly string[], io: Io): Promise<void> {
  try {
    await program.parseAsync(words, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    // Commander ends with 1 for a wrong command line, and with 0 after --help and --version.
    io.exit(error.exitCode === 0 ? exitCodes.done : exitCodes.usage)
  }
}
