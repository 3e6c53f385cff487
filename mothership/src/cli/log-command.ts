import type { Command } from 'commander'
import { addCommand } from './command.ts'
import { followRun } from './follow.ts'
import type { Io } from './io.ts'
import { HeadedLog, JsonLog, PhaseLog, type LogPrinter } from './log-printer.ts'
import { findRun } from './runs.ts'
import type { Transition } from './shapes.ts'
import { verdictOn } from './verdict.ts'

interface LogOptions {
  readonly follow?: boolean
  readonly phase?: string
  readonly json?: boolean
}

/** `run logs`. */
export function addLogCommand(run: Command, io: Io): void {
  addCommand<LogOptions>(run, io, {
    usage: 'logs <run>',
    summary: 'the log of a run, state by state',
    about:
      'With -f it goes on until the run is over, through restarts of the mothership, and the exit code is 1 unless the run ' +
      'ended as FINISHED. With --json an array of states, each with its log as `text`.',
    options: [
      ['-f, --follow', 'go on until the run is over'],
      ['--phase <state>', 'only the log of this state, without headings, such as PLANNING'],
    ],
    examples: [
      'run logs -f 01JVW4C7R4Q8W2F1Z7E6T5Y3MB',
      'run logs --phase planning 01JVW4C7R4Q8W2F1Z7E6T5Y3MB > plan.txt',
    ],
    run: async (session, { args: [id], options }) => {
      const ref = await findRun(session, id)
      const until = options.follow ? 'end' : 'now'
      const json = options.json ? new JsonLog((text) => io.out(text)) : undefined
      const printer = onlyPhase(json ?? headedOrBare(io, options), options.json ? options.phase : undefined)
      const last = await followRun(session, ref, { printer, logs: true, confirm: false, until })
      await json?.end()
      if (options.follow) verdictOn(io, ref.id, last)
    },
  })
}

function headedOrBare(io: Io, { phase }: LogOptions): LogPrinter {
  const write = (text: string) => io.out(text)
  return phase === undefined ? new HeadedLog(io, write) : new PhaseLog(phase.toUpperCase(), write)
}

/** The same printer, shown one state only. */
function onlyPhase(printer: LogPrinter, phase: string | undefined): LogPrinter {
  if (phase === undefined) return printer
  const inside = { now: false }
  return {
    state(transition: Transition) {
      inside.now = transition.state === phase.toUpperCase()
      return inside.now ? printer.state(transition) : undefined
    },
    text: (text) => (inside.now ? printer.text(text) : undefined),
  }
}
