import type { Command } from 'commander'
import { addCommand } from './command.ts'
import { stateCell } from './colours.ts'
import type { Io } from './io.ts'
import { readHistory } from './log-page.ts'
import { addLogCommand } from './log-command.ts'
import { addRunResultCommands } from './result-commands.ts'
import { changeRun, findRun, readRun } from './runs.ts'
import { metadataOption } from './metadata.ts'
import { addTriggerCommand } from './trigger-commands.ts'
import { done, show } from './session.ts'
import { runFields, runOf, type Run, type RunAnswer, type Transition } from './shapes.ts'
import { details, table } from './table.ts'
import { ago } from './time.ts'
import { usageFailure } from './usage.ts'

/** `run trigger|list|show|logs|confirm|discard|stop|kill|cancel|retry`. */
export function addRunCommands(program: Command, io: Io): void {
  const run = program.command('run').summary('runs: executions of stacks')
  run.description('Runs. Wherever a RUN is asked for, its id is enough.')
  addTriggerCommand(run, io)
  addList(run, io)
  addShow(run, io)
  addRunResultCommands(run, io)
  addLogCommand(run, io)
  for (const change of changes) addChange(run, io, change)
}

function addList(run: Command, io: Io): void {
  addCommand<{ type?: string; limit?: string }>(run, io, {
    usage: 'list [stack]',
    summary: 'the newest runs, of all stacks or of one',
    options: [
      ['--type <type>', 'only tracked, proposed, task or destroy'],
      ['--limit <number>', 'at most so many, up to 100 (default: 20)'],
    ],
    examples: ['run list', 'run list network --limit 5', "run list --json | jq -r '.[] | select(.finished | not).id'"],
    run: async (session, { args: [stack], options }) => {
      const { runs } = await session.api.ask<{ runs: readonly RunAnswer[] }>(
        `query($stack: ID, $types: [RunType!], $first: Int) { runs(stack: $stack, types: $types, first: $first) { ${runFields} } }`,
        { stack, types: options.type && [runType(options.type)], first: limitOf(options.limit) },
      )
      if (runs.length === 0) io.err('There are no runs: `run trigger STACK` makes one.\n')
      await show(session, runs.map(runOf), () => (runs.length === 0 ? '' : runTable(io, runs.map(runOf))))
    },
  })
}

/** A type of run as people write it, in the API's words. */
export function runType(written: string): string {
  const types = ['TRACKED', 'PROPOSED', 'TASK', 'DESTROY']
  const type = written.toUpperCase()
  if (types.includes(type)) return type
  throw usageFailure(`--type: expected tracked, proposed, task or destroy, got ${written}`)
}

function limitOf(written = '20'): number {
  const limit = Number(written)
  if (Number.isInteger(limit) && limit >= 1 && limit <= 100) return limit
  throw usageFailure(`--limit: expected a whole number from 1 to 100, got ${written}`)
}

function runTable(io: Io, runs: readonly Run[]): string {
  const now = io.clock.now()
  const rows = runs.map((run) => [
    run.id,
    run.stack,
    run.type,
    stateCell(io, run.state),
    changesOf(run) ?? '',
    ago(run.updatedAt, now),
    ago(run.createdAt, now),
    run.triggeredBy ?? '',
    run.note ?? '',
  ])
  return table(['ID', 'STACK', 'TYPE', 'STATE', 'CHANGES', 'SINCE', 'CREATED', 'BY', 'NOTE'], rows)
}

/** `+2 ~1 -0`, as logs have it; null without a plan. */
function changesOf({ delta }: Run): string | null {
  return delta && `+${delta.addCount} ~${delta.changeCount} -${delta.deleteCount}`
}

function addShow(run: Command, io: Io): void {
  addCommand(run, io, {
    usage: 'show <run>',
    summary: 'one run and every state that it has been in',
    examples: ['run show 01JVW4C7R4Q8W2F1Z7E6T5Y3MB'],
    run: async (session, { args: [id] }) => {
      const ref = await findRun(session, id)
      const [found, history] = [await readRun(session, ref), await readHistory(session, ref)]
      await show(session, { ...found, history }, () => `${facts(io, found)}\n${historyTable(io, history)}`)
    },
  })
}

function facts(io: Io, run: Run): string {
  return details([
    ['Run', run.id],
    ['Stack', run.stack],
    ['Type', run.type],
    ['State', stateCell(io, run.state)],
    ['Changes', changesOf(run)],
    ['Title', run.title],
    ['Command', run.command],
    ['Triggered', `${ago(run.createdAt, io.clock.now())}${run.triggeredBy ? ` by ${run.triggeredBy}` : ''}`],
    ['Prioritized', run.prioritized ? 'yes' : null],
    ['Note', run.note],
  ])
}

function historyTable(io: Io, history: readonly Transition[]): string {
  const rows = history.map((entry) => [
    stateCell(io, entry.state),
    ago(entry.timestamp, io.clock.now()),
    entry.username ?? '',
    entry.worker ?? '',
    entry.note ?? '',
  ])
  return table(['STATE', 'SINCE', 'BY', 'WORKER', 'NOTE'], rows)
}

interface Change {
  readonly name: string
  readonly field: string
  readonly summary: string
  readonly sentence: string
  readonly note?: string
  /** Whether it takes texts for the policies of workers. */
  readonly metadata?: true
}

const changes: readonly Change[] = [
  {
    name: 'confirm',
    field: 'runConfirm',
    summary: 'let an UNCONFIRMED run apply its plan',
    sentence: 'is confirmed',
    metadata: true,
  },
  { name: 'discard', field: 'runDiscard', summary: 'drop an UNCONFIRMED run and its plan', sentence: 'is discarded' },
  {
    name: 'stop',
    field: 'runStop',
    summary: 'ask a run that initializes or plans to end well',
    sentence: 'was asked to stop',
    note: 'Stopped from the command line',
  },
  {
    name: 'kill',
    field: 'runKill',
    summary: 'end a run in progress at once',
    sentence: 'is being killed',
    note: 'Killed from the command line',
  },
  { name: 'cancel', field: 'runCancel', summary: 'take back a run that no worker has yet', sentence: 'is canceled' },
  {
    name: 'retry',
    field: 'runRetry',
    summary: 'run again what a run that is over was to do',
    sentence: 'is under way',
  },
]

/** Every one of these takes a run and answers a run: the same, or for `retry` a new one. */
function addChange(run: Command, io: Io, { name, field, summary, sentence, note, metadata }: Change): void {
  addCommand<{ note?: string; metadata?: readonly string[] }>(run, io, {
    usage: `${name} <run>`,
    summary,
    options: [
      ...(note === undefined ? [] : [['--note <text>', 'why, for the history of the run'] as const]),
      ...(metadata ? [metadataOption] : []),
    ],
    examples: [`run ${name} 01JVW4C7R4Q8W2F1Z7E6T5Y3MB`],
    run: async (session, { args: [id], options }) => {
      const ref = await findRun(session, id)
      const changed = await changeRun(session, ref, {
        field,
        note: note && (options.note ?? note),
        metadata: options.metadata,
      })
      await done(session, changed, `Run ${changed.id} ${sentence}.`)
    },
  })
}
