import type { Command } from 'commander'
import { addCommand } from './command.ts'
import { followRun } from './follow.ts'
import type { Io } from './io.ts'
import { metadataHeaders, metadataOption } from './metadata.ts'
import { HeadedLog, silent } from './log-printer.ts'
import { readRun } from './runs.ts'
import { done, show, type Session } from './session.ts'
import { runFields, runOf, type Run, type RunAnswer } from './shapes.ts'
import { usageFailure } from './usage.ts'
import { verdictOn } from './verdict.ts'

interface Waiting {
  readonly metadata?: readonly string[]
  readonly wait?: boolean
  readonly follow?: boolean
  readonly confirm?: boolean
}

const waitOptions = [
  ['--wait', 'end when the run is over or must be decided on; see the exit codes above'],
  ['--follow', 'show the log until the run is over (with --json on standard error)'],
] as const

const exitCodesOfWaiting =
  'Exit code with --wait or --follow: 0 if the run ended as FINISHED, 1 if it ended otherwise. With --wait 4 if it waits for a ' +
  'decision (UNCONFIRMED), unless --confirm decides; --follow alone goes on until somebody has decided.'

/** `run trigger`. */
export function addTriggerCommand(run: Command, io: Io): void {
  addCommand<Waiting & { type?: string; commit?: string }>(run, io, {
    usage: 'trigger <stack>',
    summary: 'run a stack',
    about:
      'tracked: plan, wait for a confirmation (unless the stack is autodeploy or nothing changes), apply.\n' +
      'proposed: plan only. destroy: take down all that the stack has built.\n\n' +
      exitCodesOfWaiting,
    options: [
      ['--type <type>', 'tracked, proposed or destroy (default: tracked)'],
      ['--commit <sha>', 'the commit of a git source (default: the newest of its ref)'],
      metadataOption,
      ...waitOptions,
      ['--confirm', 'confirm the plan without looking; implies --wait unless --follow is there'],
    ],
    examples: [
      'run trigger network --follow',
      'run trigger network --wait --confirm',
      'run trigger network --type proposed --wait',
    ],
    run: async (session, { args: [stack], options }) => {
      const triggered = await trigger(session, {
        document: `mutation($stack: ID!, $type: RunType, $commit: String) {
          run: runTrigger(stack: $stack, runType: $type, commitSha: $commit) { ${runFields} } }`,
        variables: { stack, type: triggeredType(options.type), commit: options.commit },
        metadata: options.metadata,
      })
      await afterTrigger(session, triggered, options)
    },
  })
}

/** `task`. */
export function addTaskCommand(program: Command, io: Io): void {
  addCommand<Waiting & { skipInitialization?: boolean }>(program, io, {
    usage: 'task <stack> <command...>',
    summary: "run a command in a stack's workspace",
    about:
      'One word is a shell command as it is written; several are the words of one command, each kept whole.\n\n' +
      exitCodesOfWaiting,
    options: [['--skip-initialization', 'do not initialize the workspace before'], metadataOption, ...waitOptions],
    examples: ['task network --follow -- tofu state list', "task network 'tofu output -json | jq .'"],
    run: async (session, { args: [stack], rest, options }) => {
      const triggered = await trigger(session, {
        document: `mutation($stack: ID!, $command: String!, $skip: Boolean) {
          run: taskCreate(stack: $stack, command: $command, skipInitialization: $skip) { ${runFields} } }`,
        variables: { stack, command: commandOf(rest), skip: options.skipInitialization ?? false },
        metadata: options.metadata,
      })
      await afterTrigger(session, triggered, options)
    },
  })
}

interface Triggering {
  readonly document: string
  readonly variables: Readonly<Record<string, unknown>>
  readonly metadata: readonly string[] | undefined
}

async function trigger({ api }: Session, { document, variables, metadata }: Triggering): Promise<Run> {
  const { run } = await api.ask<{ run: RunAnswer }>(document, variables, metadataHeaders(metadata))
  return runOf(run)
}

function triggeredType(written = 'tracked'): string {
  const type = written.toUpperCase()
  if (['TRACKED', 'PROPOSED', 'DESTROY'].includes(type)) return type
  throw usageFailure(`--type: expected tracked, proposed or destroy, got ${written}`)
}

async function afterTrigger(session: Session, run: Run, options: Waiting): Promise<void> {
  const { io, json } = session
  const waits = options.wait || options.follow || options.confirm
  if (!waits)
    return done(session, run, `Run ${run.id} is under way. Follow it: spacelift-mothership run logs -f ${run.id}`)
  io.err(`Run ${run.id} of stack ${run.stack} is under way.\n`)
  const printer = options.follow ? new HeadedLog(io, (text) => (json ? io.err(text) : io.out(text))) : silent
  const last = await followRun(session, run, {
    printer,
    logs: options.follow ?? false,
    confirm: options.confirm ?? false,
    metadata: options.metadata,
    until: options.follow && !options.wait ? 'end' : 'decision',
  })
  const ended = await readRun(session, run)
  await show(session, ended, () => (options.follow ? '' : `Run ${run.id} is ${ended.state}.\n`))
  verdictOn(io, run.id, last)
}

/** Words that the user's own shell has taken apart already are quoted, so that the task's shell does not do it again. */
function commandOf(words: readonly string[]): string {
  const [only] = words
  if (words.length === 1 && only !== undefined) return only
  return words
    .map((word) => (/^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`))
    .join(' ')
}
