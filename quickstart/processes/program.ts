import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { QuickstartError } from '../failure.ts'
import { findProgram } from '../machine/find-program.ts'
import { hasEnded, signal as send } from './ending.ts'
import { identityOf, isAlive, type ProcessIdentity } from './identity.ts'

/** How one of our programs is started. `env` is its whole environment. */
export interface ProgramStart {
  readonly name: string
  /** Node's executable, the script, and its arguments. */
  readonly command: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string | undefined>>
  /** The file that both of its outputs go to; what an earlier start wrote there is gone. */
  readonly log: string
  /** The `msg` of the JSON line by which it says that it is ready. */
  readonly ready: string
  readonly signal: AbortSignal
}

/** A program of ours that is ready. */
export interface Program {
  readonly name: string
  readonly identity: ProcessIdentity
  readonly log: string
  /** The line by which it said that it is ready. */
  readonly greeting: Readonly<Record<string, unknown>>
  /** Whether it lives. */
  alive(): boolean
  /**
   * Ends it: SIGTERM, after a while another one, and SIGKILL at last, or as soon as `hurry` is aborted.
   */
  stop(hurry: AbortSignal): Promise<void>
}

/** Told of a process as soon as there is one. */
export type Started = (identity: ProcessIdentity) => Promise<void>

const readyMs = 60_000
/** An idle launcher is gone within two seconds; a busy one interrupts its job at the second signal. */
const patienceMs = [4_000, 20_000] as const
const killedMs = 5_000

/**
 * Starts a program in a session of its own, so that a Ctrl-C at the terminal reaches only us, and waits until it says that it is ready.
 * Rejects with `program-failed`, naming its log and quoting its last line.
 */
export async function startProgram(start: ProgramStart, started: Started): Promise<Program> {
  const identity = await launch(start)
  await started(identity)
  const program = { name: start.name, identity, log: start.log }
  try {
    const greeting = await greetingOf(start, identity)
    return {
      ...program,
      greeting,
      alive: () => isAlive(identity),
      stop: (hurry: AbortSignal) => stop(identity, hurry),
    }
  } catch (error) {
    await stop(identity, AbortSignal.abort())
    throw error
  }
}

async function launch({ command, env, log }: ProgramStart): Promise<ProcessIdentity> {
  await mkdir(dirname(log), { recursive: true })
  const setpriv = findProgram('setpriv')
  // With it the kernel ends the program should this process be killed.
  const [file, ...words] = setpriv ? ([setpriv, '--pdeathsig', 'TERM', ...command] as const) : command
  const output = openSync(log, 'w', 0o600)
  const child = spawn(file, words, { env, detached: true, stdio: ['ignore', output, output] })
  closeSync(output)
  await once(child, 'spawn')
  child.unref()
  return identityOf(child.pid ?? 0) ?? { pid: child.pid ?? 0, startTime: '' }
}

async function greetingOf(start: ProgramStart, identity: ProcessIdentity): Promise<Record<string, unknown>> {
  const until = performance.now() + readyMs
  for (;;) {
    // In this order: what it wrote before its end is read after its end was seen.
    const ended = !isAlive(identity)
    const lines = (await readFile(start.log, 'utf8')).split('\n').filter(Boolean)
    const greeting = lines.map(parsed).find((line) => line['msg'] === start.ready)
    if (greeting) return greeting
    if (ended || performance.now() > until) {
      const what = ended ? 'ended' : `was not ready within ${readyMs / 1000} s`
      throw new QuickstartError('program-failed', `The ${start.name} ${what}: ${lastWords(lines)}`, {
        logs: [start.log],
      })
    }
    await sleep(50, undefined, { signal: start.signal })
  }
}

/** What a program complained of last: the message of a JSON line, or the last lines of text that are not of a stack trace. */
function lastWords(lines: readonly string[]): string {
  const { msg } = parsed(lines.at(-1) ?? '')
  if (typeof msg === 'string') return msg
  const words = lines.filter((line) => !/^[{}\s]|^Node\.js v/.test(line))
  return words.slice(-3).join('; ') || 'it said nothing'
}

function parsed(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return {}
  }
}

async function stop(identity: ProcessIdentity, hurry: AbortSignal): Promise<void> {
  for (const limitMs of patienceMs) {
    if (hurry.aborted) break
    if (isAlive(identity)) send(identity.pid, 'SIGTERM')
    if (await hasEnded(identity, limitMs, hurry)) return
  }
  if (isAlive(identity)) send(identity.pid, 'SIGKILL')
  await hasEnded(identity, killedMs)
}
