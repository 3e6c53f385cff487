import { Command } from 'commander'
import pkg from '../../package.json' with { type: 'json' }
import { abilities } from './abilities.ts'
import { addBackupCommand } from './backup-command.ts'
import { systemClock } from './base/clock.ts'
import type { Io } from './cli/io.ts'
import { addCommands, runCommandLine } from './cli/program.ts'
import { addServeCommand, type Serve } from './serve-command.ts'

/** Somebody was in a hurry: 128 + SIGINT, as a shell would say it. */
const endedAtOnce = 130

/** Runs the program: arguments, environment and signals in, exit code out. */
export async function main(): Promise<number> {
  const signal = stopSignal()
  const exit = { code: 0 }
  const io: Io = {
    out: (text) => write(process.stdout, text),
    err: (text) => void process.stderr.write(text),
    exit: (code) => void (exit.code = code),
    env: process.env,
    isTTY: process.stdout.isTTY,
    stdin: process.stdin,
    cwd: process.cwd(),
    signal,
    clock: systemClock,
    abilities,
  }
  const program = new Command('spacelift-mothership')
    .description(
      'A control plane for infrastructure-as-code runs on your own workers: the server, and the command line to it.',
    )
    .version(pkg.version)
  addServeCommand(program, io, serveWith(io))
  addBackupCommand(program, io)
  addCommands(program, io)
  await runCommandLine(program, process.argv.slice(2), io)
  return exit.code
}

function serveWith(io: Io): Serve {
  return async (options, warnings) => {
    // Loaded only here: the server is most of this program, and every other command waits for what it loads.
    const { createLog, runMothership } = await import('./run-mothership.ts')
    const log = createLog(options.logLevel)
    for (const warning of warnings) log.warn(warning)
    // Whatever is made in the data directory is for this user alone.
    process.umask(0o077)
    // What nobody caught is a bug. The process ends, and what it had promised is on disk.
    process.on('uncaughtException', (error) => {
      log.fatal({ err: error }, 'the mothership met a bug')
      process.exit(1)
    })
    return runMothership({ options, log, version: pkg.version, signal: io.signal, complain: (text) => io.err(text) })
  }
}

/** Aborted by the first signal; a second one ends the process at once. */
function stopSignal(): AbortSignal {
  const stopping = new AbortController()
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      if (stopping.signal.aborted) process.exit(endedAtOnce)
      stopping.abort()
    })
  }
  return stopping.signal
}

function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve) => void stream.write(text, () => resolve()))
}
