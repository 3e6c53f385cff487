import type { Outcome } from '../../../protocol/report.ts'
import { LauncherError, type FailureCode } from '../base/errors.ts'
import type { Graces } from './run.ts'

/** Why a job is ended before its time. */
export type StopCause = 'stopped' | 'killed' | 'run-timeout' | 'logs-timeout' | 'launcher-stopping' | 'job-lost'

const causes = {
  stopped: { result: 'stopped', code: 'STOPPED', says: 'The run was stopped' },
  killed: { result: 'stopped', code: 'KILLED', says: 'The run was killed' },
  'run-timeout': { result: 'failed', code: 'RUN_TIMEOUT', says: 'The run took longer than the run timeout allows' },
  'logs-timeout': {
    result: 'failed',
    code: 'LOGS_TIMEOUT',
    says: 'The run was silent for longer than the logs timeout allows',
  },
  'launcher-stopping': {
    result: 'failed',
    code: 'LAUNCHER_STOPPING',
    says: 'The launcher had to stop before the run was over',
  },
  'job-lost': { result: 'failed', code: 'JOB_LOST', says: 'The job was taken from this worker' },
} as const satisfies Record<StopCause, { result: Outcome['result']; code: FailureCode; says: string }>

export function isStopCause(value: unknown): value is StopCause {
  return typeof value === 'string' && Object.hasOwn(causes, value)
}

/** How little time there is to end a job, because the launcher must be gone by a certain moment. */
export interface Haste {
  readonly graces: Graces
  /** For the end of the log, and once more for the last report. */
  readonly deliveryMs: number
}

/** What is known of a stop beside its cause. */
export interface StopDetails {
  /** Who asked for it. */
  readonly by?: string
  /** What they said. */
  readonly note?: string
  readonly haste?: Haste | null
}

/**
 * The reason with which a job's signal is aborted. An abort signal keeps its first reason, so the first cause is the
 * outcome and nobody needs a flag. `hasten` is all that a later wish can do: it leaves out what is left of the
 * container's graces.
 */
export class Stop extends Error {
  override readonly cause: StopCause
  /** Who asked for it, and what they said. */
  readonly by: string | null
  readonly note: string | null
  /** Null: the usual graces. */
  readonly haste: Haste | null
  readonly #hastened = new AbortController()

  constructor(cause: StopCause, details: StopDetails = {}) {
    super(sentence(cause, details))
    this.name = 'Stop'
    this.cause = cause
    this.by = details.by ?? null
    this.note = details.note ?? null
    this.haste = details.haste ?? null
  }

  /** Aborted when the container is to be killed without further grace. */
  get hastened(): AbortSignal {
    return this.#hastened.signal
  }

  hasten(): void {
    this.#hastened.abort()
  }
}

function sentence(cause: StopCause, { by, note }: { readonly by?: string; readonly note?: string }): string {
  return `${causes[cause].says}${by ? ` by ${by}` : ''}${note ? `: ${note}` : ''}`.slice(0, 2000)
}

/** Everything about an outcome that its reason does not say. */
const nothingMore = { changes: null, exitCode: null, workspace: null } as const

/** What a stop means. */
export function outcomeOfStop(stop: Stop): Outcome {
  const { result, code } = causes[stop.cause]
  return { ...nothingMore, result, failure: new LauncherError(code, `${stop.message}.`).toFailure() }
}

/** What an error means. An error that is neither a stop nor of the closed list is a bug and is thrown on. */
export function outcomeOfError(error: unknown): Outcome {
  if (error instanceof Stop) return outcomeOfStop(error)
  return { ...nothingMore, result: 'failed', failure: expected(error).toFailure() }
}

const diskCodes = new Set(['ENOSPC', 'EDQUOT'])

/**
 * The error as one of the closed list. Failed system calls are the machine's doing; anything else unknown is thrown.
 */
export function expected(error: unknown): LauncherError {
  if (error instanceof LauncherError) return error
  const code = systemCode(error)
  if (code === null) throw error
  if (diskCodes.has(code)) return new LauncherError('DISK_FULL', "The worker's disk is full.", { cause: error })
  return new LauncherError('DISK_FAILED', `A file of the run could not be read or written on the worker (${code}).`, {
    cause: error,
  })
}

function systemCode(error: unknown): string | null {
  return error instanceof Error && 'syscall' in error && 'code' in error ? String(error.code) : null
}
