import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import { addCommand } from './command.ts'
import { CommandFailure, exitCodes } from './failure.ts'
import type { Io } from './io.ts'
import { done, show, type Session } from './session.ts'
import { stateLockFields, stateVersionFields, type StateLock, type StateVersion } from './shapes.ts'
import { bytes } from './size.ts'
import { table } from './table.ts'
import { ago } from './time.ts'

/** `stack state list|pull|push|rollback|unlock`. */
export function addStateCommands(stack: Command, io: Io): void {
  const state = stack.command('state').summary('the state files that stacks keep here')
  state.description('The states that the tools of stacks keep here: every version, with the run that wrote it.')
  addList(state, io)
  addPull(state, io)
  addPush(state, io)
  addRepair(state, io)
}

function addList(state: Command, io: Io): void {
  addCommand(state, io, {
    usage: 'list <stack>',
    summary: 'all versions of a state, newest first',
    examples: ['stack state list network'],
    run: async (session, { args: [id] }) => {
      const { versions, lock } = await read(session, id)
      if (lock) io.err(`The state is locked by ${lock.who} (${lock.operation}, ${ago(lock.at, io.clock.now())}).\n`)
      if (versions.length === 0) io.err('No state is kept for this stack.\n')
      await show(session, versions, () => (versions.length === 0 ? '' : versionTable(io, versions)))
    },
  })
}

function versionTable(io: Io, versions: readonly StateVersion[]): string {
  const rows = versions.map((version) => [
    version.id,
    String(version.serial),
    bytes(version.length),
    ago(version.createdAt, io.clock.now()),
    version.run ?? '',
    version.rescued ? 'rescued' : '',
  ])
  return table(['VERSION', 'SERIAL', 'SIZE', 'WRITTEN', 'RUN', ''], rows)
}

async function read({ api }: Session, id: string | undefined) {
  const { stack } = await api.ask<{ stack: { versions: readonly StateVersion[]; lock: StateLock | null } | null }>(
    `query($id: ID!) { stack(id: $id) {
      versions: stateVersions { ${stateVersionFields} } lock: stateLock { ${stateLockFields} } } }`,
    { id },
  )
  if (!stack) throw new CommandFailure(exitCodes.notFound, `There is no stack ${id}.`)
  return stack
}

function addPull(state: Command, io: Io): void {
  addCommand<{ version?: string; out?: string }>(state, io, {
    usage: 'pull <stack>',
    summary: 'write the state to standard output, as it is',
    about:
      'A state is JSON, so --json changes nothing. It may hold secrets: --out writes a file that only you can read.',
    options: [
      ['--version <version>', 'an older version, of `stack state list`'],
      ['--out <file>', 'write to a file'],
    ],
    examples: ['stack state pull network > network.tfstate', 'stack state pull network --out network.tfstate'],
    run: async ({ api }, { args: [id], options }) => {
      const { stateDownloadUrl } = await api.ask<{ stateDownloadUrl: { url: string } }>(
        'mutation($input: StateDownloadUrlInput!) { stateDownloadUrl(input: $input) { url } }',
        { input: { stackId: id, version: options.version } },
      )
      const content = await api.download(stateDownloadUrl.url)
      if (options.out === undefined) return io.out(content)
      await writeFile(resolve(io.cwd, options.out), content, { mode: 0o600 })
    },
  })
}

function addPush(state: Command, io: Io): void {
  addCommand<{ force?: boolean }>(state, io, {
    usage: 'push <stack> <file>',
    summary: 'make a file the newest state; - reads standard input',
    about:
      'Refused while a run holds the state, and if its lineage is another or its serial is not newer than the kept one. ' +
      '--force does it all the same. The version before stays in `stack state list`.',
    options: [['--force', 'whatever lineage, serial and lock say']],
    examples: ['stack state push network repaired.tfstate', 'stack state push network - < repaired.tfstate'],
    run: async (session, { args: [stack, file = '-'], options: { force } }) => {
      const content = file === '-' ? await text(io.stdin) : await readFile(resolve(io.cwd, file), 'utf8')
      const { version } = await session.api.ask<{ version: StateVersion }>(
        `mutation($stack: ID!, $state: String!, $force: Boolean) {
          version: statePush(stack: $stack, state: $state, force: $force) { ${stateVersionFields} } }`,
        { stack, state: content, force: force ?? false },
      )
      await done(session, version, `The state of ${stack} is now version ${version.id}, serial ${version.serial}.`)
    },
  })
}

function addRepair(state: Command, io: Io): void {
  addCommand(state, io, {
    usage: 'rollback <stack> <version>',
    summary: 'make an old version the newest one again, under a new serial',
    examples: ['stack state rollback network 01JVW4C7R4Q8W2F1Z7E6T5Y3MB'],
    run: async (session, { args: [stack, old] }) => {
      const { version } = await session.api.ask<{ version: StateVersion }>(
        `mutation($stack: ID!, $version: ID!) {
          version: stateRollback(stack: $stack, version: $version) { ${stateVersionFields} } }`,
        { stack, version: old },
      )
      await done(
        session,
        version,
        `The state of ${stack} is ${old} again, as version ${version.id}, serial ${version.serial}.`,
      )
    },
  })
  addCommand(state, io, {
    usage: 'unlock <stack>',
    summary: 'remove the lock of a state, whoever holds it',
    about: 'Only when you know that its holder is gone: two writers at once lose what one of them wrote.',
    examples: ['stack state unlock network'],
    run: async (session, { args: [stack] }) => {
      const { lock } = await session.api.ask<{ lock: StateLock | null }>(
        `mutation($stack: ID!) { lock: stateUnlock(stack: $stack) { ${stateLockFields} } }`,
        { stack },
      )
      const sentence = lock ? `was locked by ${lock.who} (${lock.operation}), and is not any more` : 'was not locked'
      await done(session, lock, `The state of ${stack} ${sentence}.`)
    },
  })
}
