import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { QuickstartError } from '../failure.ts'
import { findProgram, machinePath } from '../machine/find-program.ts'

/** A daemon that was started. */
export interface DaemonProcess {
  readonly pid: number
  /** Resolves when it has ended. */
  readonly ended: Promise<void>
}

/** What to start: a program of the machine, its arguments, and the file that its output goes to. */
export interface DaemonStart {
  readonly program: string
  readonly arguments: readonly string[]
  readonly log: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * Starts a daemon in a session of its own, so that a Ctrl-C at the terminal reaches only us and we end things in order.
 * Where util-linux' `setpriv` is there, the kernel ends the daemon should this process be killed. Rejects with `engine-failed`.
 */
export async function startDaemon(start: DaemonStart): Promise<DaemonProcess> {
  const file = findProgram(start.program)
  if (!file) throw new QuickstartError('engine-failed', `There is no ${start.program} on this machine.`)
  const setpriv = findProgram('setpriv')
  const words = setpriv ? [setpriv, '--pdeathsig', 'TERM', file] : [file]
  const [command = file, ...before] = words
  const env = { ...start.env, PATH: `${start.env['PATH'] ?? ''}:${machinePath}` }
  const log = openSync(start.log, 'w')
  const child = spawn(command, [...before, ...start.arguments], { env, detached: true, stdio: ['ignore', log, log] })
  closeSync(log)
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  await once(child, 'spawn')
  child.unref()
  return { pid: child.pid ?? 0, ended }
}

/** The last thing that a daemon complained of, for a sentence to a person. */
export async function lastComplaint(log: string): Promise<string> {
  const lines = (await readFile(log, 'utf8').catch(() => '')).trim().split('\n')
  const last = lines.at(-1) ?? ''
  return (/ msg="((?:[^"\\]|\\.)*)"/.exec(last)?.[1] ?? last).slice(0, 500)
}
