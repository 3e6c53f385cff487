import { createReadStream } from 'node:fs'
import { chmod, copyFile, lstat, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Outcome } from '../../../protocol/report.ts'
import { LauncherError } from '../base/errors.ts'
import type { Logger } from '../base/log.ts'
import type { JobControl } from './control.ts'
import { within } from './deadline.ts'
import type { ConductorParts, JobInHand } from './job-in-hand.ts'

/** How long to try to deliver a state that the tool could not, in milliseconds, before it is kept on the worker. */
export const rescueMs = 5 * 60_000

/** The file in which a tool leaves a state that it could not deliver. */
export interface LeftState {
  readonly path: string
  /** When it was last written, in milliseconds since 1970; null if it is not there. */
  readonly modified: number | null
}

/** Looks for the file. Null: the tool leaves none. */
export async function leftState({ tool }: Pick<JobInHand, 'tool'>, project: string): Promise<LeftState | null> {
  return tool.erroredState === null ? null : await lookAt(join(project, tool.erroredState))
}

async function lookAt(path: string): Promise<LeftState> {
  const stats = await lstat(path).catch(() => null)
  return { path, modified: stats?.isFile() ? stats.mtimeMs : null }
}

/** Whose state it is, and how it gets away. */
export interface RescueParts extends Pick<ConductorParts, 'clock' | 'settings'> {
  readonly job: string
  readonly run: string
  readonly control: Pick<JobControl, 'upload'>
  readonly operator: Logger
}

/**
 * Delivers a state that the tool could not: it is the only account of what the run built. If that fails, it is kept in
 * `<directory>/rescued/<run>`. Answers what the run's log is to say of it, and whether it was delivered; null if
 * nothing was left. `before`: what was there before the container ran.
 */
export async function rescueState(
  parts: RescueParts,
  before: LeftState | null,
): Promise<{ says: string; delivered: boolean } | null> {
  const left = before === null ? null : await lookAt(before.path)
  if (!left || left.modified === null || left.modified === before?.modified) return null
  try {
    await upload(parts, left.path)
    return { says: 'The tool could not deliver the state; the launcher has', delivered: true }
  } catch (error) {
    parts.operator.error({ err: error, run: parts.run }, 'state could not be delivered')
  }
  const kept = await keep(parts, left.path)
  const says = `The state could not be delivered, and is kept on the worker in ${kept}: push it before the next run of the stack`
  return { says, delivered: false }
}

async function upload({ clock, control, job }: RescueParts, path: string): Promise<void> {
  await within({ clock, ms: rescueMs, what: 'the upload of the state' }, (signal) =>
    control.upload(job, { what: 'errored-state', open: () => createReadStream(path) }, signal),
  )
}

async function keep({ settings, run }: RescueParts, path: string): Promise<string> {
  const directory = join(settings.directory, 'rescued', run)
  const kept = join(directory, 'errored.tfstate')
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await copyFile(path, kept)
  await chmod(kept, 0o600)
  return kept
}

/** The outcome of a run whose state is kept on the worker: a failure that says so. */
export function withStateKept(outcome: Outcome, says: string): Outcome {
  const failure = outcome.failure ?? new LauncherError('CONTROL_UNREACHABLE', '').toFailure()
  const result = outcome.result === 'stopped' ? 'stopped' : 'failed'
  return { ...outcome, result, failure: { ...failure, message: `${failure.message} ${says}.`.trim() } }
}
