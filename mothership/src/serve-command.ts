import { Option, type Command } from 'commander'
import { exitCodes } from './cli/failure.ts'
import type { Io } from './cli/io.ts'
import { load, type Flags } from './serve/load.ts'
import type { Option as Setting } from './serve/option.ts'
import { options as settings, type ServeOptions } from './serve/options.ts'

/** Runs a mothership until it is told to stop, and answers the exit code. */
export type Serve = (options: ServeOptions, warnings: readonly string[]) => Promise<number>

const about = `
Each setting can be given by its environment variable instead; a flag goes first. When everything is up, a line with the message
"mothership ready" and the ports is logged, and the command line finds its way by <DIR>/profile.json.

SIGTERM or SIGINT: requests in hand end, then the process does. A second one ends it at once; nothing that was answered is lost.

Exit codes: 0 stopped as asked; 1 cannot start, or a bug, and the reason is on standard error; 2 settings that cannot work, one problem a
line on standard error; 130 ended at once.
`

/** Adds `serve`, with its flags from the table of settings. */
export function addServeCommand(program: Command, io: Io, serve: Serve): void {
  const command = program.command('serve').summary('run the server: everything in one process')
  command.description(
    'Runs the control plane: API, broker, database and objects in one process, kept in one directory.',
  )
  const flags = Object.values<Setting<unknown>>(settings).map((setting) => ({ setting, option: optionOf(setting) }))
  for (const { option } of flags) command.addOption(option)
  command.addHelpText('after', about)
  command.action(async () => {
    const given = command.opts<Record<string, string | readonly string[] | undefined>>()
    const named: Flags = Object.fromEntries(
      flags.map(({ setting, option }) => [setting.flag, given[option.attributeName()]]),
    )
    const loaded = load(named, io.env)
    if ('options' in loaded) {
      io.exit(await serve(loaded.options, loaded.warnings))
      return
    }
    for (const problem of loaded.problems) io.err(`${problem}\n`)
    io.exit(exitCodes.usage)
  })
}

function optionOf(setting: Setting<unknown>): Option {
  const option = new Option(
    `--${setting.flag} <${setting.value}>`,
    `${setting.doc} (${setting.env}; ${byDefault(setting)})`,
  )
  return setting.kind === 'many'
    ? option.argParser((value, before: string[] | undefined) => [...(before ?? []), value])
    : option
}

function byDefault(setting: Setting<unknown>): string {
  if (setting.kind !== 'one') return `default: ${setting.unset}`
  return setting.fallback === null ? 'required' : `default: ${setting.fallback}`
}
