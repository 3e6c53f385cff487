import type { Command } from 'commander'
import { addCommand } from './command.ts'
import { stateCell } from './colours.ts'
import { CommandFailure, exitCodes } from './failure.ts'
import type { Io } from './io.ts'
import { listDirectory } from './listing.ts'
import { pack } from './pack.ts'
import { addOutputsCommand } from './result-commands.ts'
import { done, show, type Session } from './session.ts'
import { stackFields, type Stack } from './shapes.ts'
import { readStackFile, type StackFile } from './stack-file.ts'
import { addStateCommands } from './state-commands.ts'
import { bytes } from './size.ts'
import { details, table } from './table.ts'
import { ago } from './time.ts'

/** `stack apply|list|show|delete|state`. */
export function addStackCommands(program: Command, io: Io): void {
  const stack = program.command('stack').summary('stacks: what is run, from where, with what')
  stack.description(
    'Stacks: a source, a tool, an environment, and who may confirm. A stack is written as YAML and applied.',
  )
  addApply(stack, io)
  addList(stack, io)
  addShow(stack, io)
  addCommand(stack, io, {
    usage: 'delete <stack>',
    summary: 'delete a stack that has no run in progress',
    about:
      'What its runs have built stays. To take that down first: `run trigger STACK --type destroy --wait --confirm`.',
    examples: ['stack delete network'],
    run: async (session, { args: [id] }) => {
      const found = await findStack(session, id)
      await session.api.ask('mutation($id: ID!) { stackDelete(id: $id) { id } }', { id: found.id })
      await done(session, found, `Stack ${found.id} was deleted.`)
    },
  })
  addOutputsCommand(stack, io)
  addStateCommands(stack, io)
}

function addApply(stack: Command, io: Io): void {
  addCommand(stack, io, {
    usage: 'apply [path]',
    summary: 'create a stack, or bring it up to date with its YAML',
    about:
      'PATH is a YAML file, or a directory with a stack.yaml; the current directory if it is left out. If the source is a ' +
      'directory, it is packed and uploaded, without .git, .terraform and the YAML itself. Symbolic links are kept; one that ' +
      'leaves the directory is refused. Nothing is run: see `run trigger`.',
    examples: ['stack apply', 'stack apply infra/network', 'stack apply network.yaml --json'],
    run: async (session, { args: [path = '.'] }) => {
      const file = await readStackFile(io, path)
      const source = file.directory === null ? undefined : await upload(session, file, file.directory)
      const { stack: applied } = await session.api.ask<{ stack: Stack }>(
        `mutation($yaml: String!, $source: ID) { stack: stackApply(yaml: $yaml, source: $source) { ${stackFields} } }`,
        { yaml: file.yaml, source },
      )
      await done(
        session,
        applied,
        `Stack ${applied.id} was applied. Run it: spacelift-mothership run trigger ${applied.id}`,
      )
    },
  })
}

async function upload({ io, api }: Session, { without }: StackFile, directory: string): Promise<string> {
  const listing = await listDirectory(directory, without)
  const count = listing.paths.length === 1 ? '1 file or directory' : `${listing.paths.length} files and directories`
  io.err(`Uploading ${count}, ${bytes(listing.bytes)}, of ${directory}\n`)
  const { sourceUpload } = await api.ask<{ sourceUpload: { uploadUrl: string } }>(
    'mutation { sourceUpload { uploadUrl } }',
  )
  const { id } = await api.upload<{ id: string }>(sourceUpload.uploadUrl, pack(directory, listing))
  return id
}

function addList(stack: Command, io: Io): void {
  addCommand(stack, io, {
    usage: 'list',
    summary: 'all stacks and how they stand',
    examples: ['stack list'],
    run: async (session) => {
      const { stacks } = await session.api.ask<{ stacks: readonly Stack[] }>(`{ stacks { ${stackFields} } }`)
      if (stacks.length === 0) io.err('There are no stacks yet: make one with `stack apply`.\n')
      await show(session, stacks, () => (stacks.length === 0 ? '' : stackTable(io, stacks)))
    },
  })
}

function stackTable(io: Io, stacks: readonly Stack[]): string {
  const now = io.clock.now()
  const rows = stacks.map((stack) => [
    stack.id,
    stack.name,
    stateCell(io, stack.state),
    stack.stateSetAt === null ? '' : ago(stack.stateSetAt, now),
    toolOf(stack),
    stack.workerPool?.name ?? '',
    ago(stack.updatedAt, now),
  ])
  return table(['ID', 'NAME', 'STATE', 'SINCE', 'TOOL', 'POOL', 'APPLIED'], rows)
}

function addShow(stack: Command, io: Io): void {
  addCommand(stack, io, {
    usage: 'show <stack>',
    summary: 'one stack: what it is, and how it stands',
    examples: ['stack show network', "stack show network --json | jq -r '.config[].id'"],
    run: async (session, { args: [id] }) => {
      const found = await findStack(session, id)
      await show(session, found, () => shown(io, found))
    },
  })
}

function shown(io: Io, stack: Stack): string {
  const now = io.clock.now()
  const variables = stack.config.map(({ id, value, writeOnly }) => [id, writeOnly ? '(secret)' : (value ?? '')])
  const environment = variables.length === 0 ? '' : `\n${table(['VARIABLE', 'VALUE'], variables)}`
  const facts = details([
    ['Stack', stack.id],
    ['Name', stack.name],
    ['Description', stack.description],
    ['Labels', stack.labels.join(', ')],
    ['State', stateCell(io, stack.state)],
    ['Since', stack.stateSetAt === null ? null : ago(stack.stateSetAt, now)],
    ['Run in hand', stack.blocker?.id ?? null],
    ['Tool', toolOf(stack)],
    ['Image', stack.runnerImage],
    ['Source', sourceOf(stack, now)],
    ['Project root', stack.projectRoot],
    ['Pool', stack.workerPool?.name ?? null],
    ['Confirmation', stack.autodeploy ? 'not needed (autodeploy)' : 'by a person'],
    ['State file', stack.managesStateFile ? 'kept here' : 'kept elsewhere'],
    ['Applied', ago(stack.updatedAt, now)],
  ])
  return facts + environment
}

function sourceOf({ source }: Stack, now: number): string {
  if (source.kind === 'git') return [source.url, source.ref].filter((part) => part !== null).join(' at ')
  if (source.kind === 'none') return 'none'
  return source.uploadedAt === null ? 'a directory' : `a directory, uploaded ${ago(source.uploadedAt, now)}`
}

function toolOf({ tool }: Stack): string {
  return tool.version === null ? tool.name : `${tool.name} ${tool.version}`
}

/** The stack of an id. */
async function findStack({ api }: Session, id: string | undefined): Promise<Stack> {
  const { stack } = await api.ask<{ stack: Stack | null }>(`query($id: ID!) { stack(id: $id) { ${stackFields} } }`, {
    id,
  })
  if (!stack) throw new CommandFailure(exitCodes.notFound, `There is no stack ${id}.`)
  return stack
}
