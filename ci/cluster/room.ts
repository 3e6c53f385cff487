import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { kill } from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { machinePath } from '../../quickstart/machine/find-program.ts'
import { hasEnded } from '../../quickstart/processes/ending.ts'
import { identityOf, isAlive, type ProcessIdentity } from '../../quickstart/processes/identity.ts'
import { runCommand, type CommandOptions } from '../tools/command.ts'
import { nodeName, type Layout } from './layout.ts'

type Run = Pick<CommandOptions, 'env' | 'signal'>

const limitMs = 20_000

/*
 * The node is a room of its own on this machine: processes, mounts, network, names. When its first process ends, so does every process in it,
 * however it was started, and with them every mount, bridge, rule and network namespace. Nothing has to be taken down in order.
 */

/** Makes the room of a node. Answers its first process. */
export async function openRoom(layout: Layout, { env, signal }: Run): Promise<ProcessIdentity> {
  const apart = ['--mount', '--net', '--pid', '--uts', '--ipc', '--fork', '--mount-proc', '--propagation', 'private']
  const words = [...apart, '--kill-child=KILL', 'tini', '--', 'sleep', 'infinity']
  const child = spawn('unshare', words, { env: { ...env, PATH: machinePath }, detached: true, stdio: 'ignore' })
  await once(child, 'spawn')
  child.unref()
  const first = await firstProcess(child.pid ?? 0, signal)
  await writeFile(layout.room, JSON.stringify(first))
  // Volumes that are mounted later are to be seen by containers that asked for it.
  await runCommand(...inside(first, ['mount', '--make-rshared', '/']), { env: { PATH: machinePath }, signal })
  await runCommand(...inside(first, ['hostname', nodeName]), { env: { PATH: machinePath }, signal })
  return first
}

async function firstProcess(parent: number, signal: AbortSignal): Promise<ProcessIdentity> {
  const until = performance.now() + limitMs
  for (;;) {
    const children = await readFile(`/proc/${parent}/task/${parent}/children`, 'utf8').catch(() => '')
    const first = identityOf(Number(children.trim().split(' ')[0]))
    const program = first && (await readFile(`/proc/${first.pid}/comm`, 'utf8').catch(() => ''))
    // Before, it has its namespaces, but not yet its own view of processes.
    if (first && program?.trim() === 'tini') return first
    if (performance.now() > until) throw new Error('unshare made no room for the node: are we root, and may we?')
    await sleep(10, undefined, { signal })
  }
}

/** A command and its words, as they run in the room. */
export function inside(first: ProcessIdentity, command: readonly string[]): [string, string[]] {
  return ['nsenter', ['--target', String(first.pid), '--mount', '--net', '--pid', '--uts', '--ipc', '--', ...command]]
}

/** The first process of the room that a layout tells of, if it lives. */
export async function roomOf(layout: Layout): Promise<ProcessIdentity | null> {
  const text = await readFile(layout.room, 'utf8').catch(() => null)
  const first = text ? (JSON.parse(text) as ProcessIdentity) : null
  return first && isAlive(first) ? first : null
}

/** Ends everything in the room that a layout tells of, at once. */
export async function closeRoom(layout: Layout): Promise<void> {
  const first = await roomOf(layout)
  if (first) {
    kill(first.pid, 'SIGKILL')
    if (!(await hasEnded(first, limitMs))) throw new Error(`process ${first.pid}, the node's first, does not end`)
  }
  await rm(layout.room, { force: true })
}
