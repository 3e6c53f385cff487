import type { Command } from 'commander'
import pkg from '../../package.json' with { type: 'json' }
import { CannotStart } from './base/cannot-start.ts'
import { exitCodes } from './cli/failure.ts'
import type { Io } from './cli/io.ts'
import { options } from './serve/options.ts'

const about = `
The mothership may go on working meanwhile. What comes out is a data directory as it would be after a crash at that moment:
to restore it, end the mothership, put a copy of it in the place of the data directory, and start. Workers that know more than the
copy does are heard and told what is true now: a job that the copy does not have is not theirs any more.

The copy holds the master key, which opens every secret in it: keep it as you keep secrets, or leave the key out with --without-key
and keep it elsewhere. Nothing that failed is left behind.

Examples:
  spacelift-mothership backup --data /var/lib/spacelift-mothership --to /backups/monday
  kubectl exec spacelift-mothership-0 -- spacelift-mothership backup --to /tmp/backup

Exit codes: 0 done; 1 not done, and the reason is on standard error; 2 wrong command line; 130 interrupted.
`

interface Given {
  readonly data?: string
  readonly to: string
  readonly withoutKey?: boolean
  readonly json?: boolean
}

/** Adds `backup`, which works on the data directory itself and asks no server. */
export function addBackupCommand(program: Command, io: Io): void {
  const { env } = options.dataDirectory
  program
    .command('backup')
    .summary('copy a data directory, also of a mothership that is at work')
    .description('Copies everything that a mothership keeps: database, objects and keys.')
    .option('--data <DIR>', `The data directory (${env}; required).`)
    .requiredOption('--to <DIR>', 'Where the copy is to be: a directory that is not there yet.')
    .option('--without-key', 'Leave out the master key.')
    .option('--json', 'write one JSON value to standard output, and nothing else')
    .addHelpText('after', about)
    .action(async (given: Given) => await back(io, given))
}

async function back(io: Io, given: Given): Promise<void> {
  const { env } = options.dataDirectory
  const data = given.data ?? io.env[env] ?? ''
  if (data === '') {
    io.err(`--data (${env}) is not set: expected the data directory that is to be copied\n`)
    return io.exit(exitCodes.usage)
  }
  // Loaded only here: every other command would wait for SQLite.
  const { backUp } = await import('./backup.ts')
  const { to, withoutKey = false } = given
  const { signal, clock } = io
  try {
    const backup = await backUp({ data, to, withKey: !withoutKey, version: pkg.version, now: clock.now(), signal })
    const size = mebibytes(backup.databaseBytes + backup.objectBytes)
    await io.out(
      given.json ? `${JSON.stringify(backup)}\n` : `${backup.path}: ${size}, ${keyWords(backup.masterKey)}\n`,
    )
  } catch (error) {
    const message = signal.aborted ? '' : forPeople(error)
    io.err(message)
    io.exit(signal.aborted ? exitCodes.interrupted : exitCodes.failed)
  }
}

function keyWords(masterKey: boolean): string {
  return masterKey ? 'with the master key, which opens all of it' : 'without the master key'
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`
}

/** Node's own messages name the file that an operation failed on, and SQLite's say what is wrong with the database. */
function forPeople(error: unknown): string {
  const known = error instanceof CannotStart || (error instanceof Error && ('syscall' in error || 'errcode' in error))
  if (known) return `spacelift-mothership cannot back up: ${error.message}\n`
  throw error
}
