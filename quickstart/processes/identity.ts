import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { pid as ownPid } from 'node:process'

/** A process for ever: its number is used again after its end, its number with its start time is not. */
export interface ProcessIdentity {
  readonly pid: number
  /** Clock ticks after boot, field 22 of `/proc/PID/stat` (proc_pid_stat(5)). */
  readonly startTime: string
}

/** This process. */
export function thisProcess(): ProcessIdentity {
  return { pid: ownPid, startTime: startTimeOf(ownPid) ?? '' }
}

/** Who a process number is now, or null if nobody. */
export function identityOf(pid: number): ProcessIdentity | null {
  const startTime = startTimeOf(pid)
  return startTime === null ? null : { pid, startTime }
}

/** Whether a process is still the one that it was. */
export function isAlive(identity: ProcessIdentity): boolean {
  return startTimeOf(identity.pid) === identity.startTime
}

/** The command line of every process of the machine that may be seen. */
export function allProcesses(): { readonly pid: number; readonly program: string; readonly line: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), arguments_: argumentsOf(Number(name)) }))
    .map(({ pid, arguments_ }) => ({ pid, program: basename(arguments_[0] ?? ''), line: arguments_.join(' ') }))
}

function argumentsOf(pid: number): string[] {
  return read(`/proc/${pid}/cmdline`)?.split('\0') ?? []
}

function startTimeOf(pid: number): string | null {
  // The second field is the program's name in parentheses, and may itself hold spaces and parentheses. A zombie has ended.
  const fields = read(`/proc/${pid}/stat`)?.split(') ').at(-1)?.split(' ')
  return fields && fields[0] !== 'Z' ? (fields[19] ?? null) : null
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}
