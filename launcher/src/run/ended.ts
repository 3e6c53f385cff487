import type { Outcome } from '../../../protocol/report.ts'
import { LauncherError, type FailureCode } from '../base/errors.ts'
import type { Exit, KilledBy } from './engine.ts'
import { outcomeOfStop, type Stop } from './outcome.ts'
import { hookTitle, phaseWords } from './script/phase-words.ts'
import type { Progress } from './script/progress.ts'

/** Everything that is known of a container's end. */
export interface Ended {
  readonly exit: Exit
  readonly progress: Progress
  /** The stop that came before the script's end mark, if one did. */
  readonly stop: Stop | null
  /** The container's memory limit, in bytes. */
  readonly memoryBytes: number | null
  /** Whether the daemon was restarted, and had no running container any more when it was back. */
  readonly wentWithDaemon: boolean
  /** Who killed it, as far as the engine knows; asked only for an exit code of 137 without an end mark. */
  readonly killedBy: KilledBy | null
}

/** Whether the script was killed, and could not say anything of it. */
export function wasKilled(exit: Exit, progress: Progress): boolean {
  return exit.exitCode === killedExit && progress.end === null
}

/** 128 + SIGKILL: what a shell and Docker say of a process that was killed. */
const killedExit = 137

/**
 * What the end of a container means. An exit code of 137 is never the whole story: killed by us, out of memory, from
 * outside (a person, or a daemon that was restarted), and the run's own are told apart by our own stop, by what the
 * daemon says of memory, and by whether the script could still say that it ended.
 */
export function outcomeOfExit(ended: Ended): Outcome {
  const { progress, stop } = ended
  if (stop) return { ...outcomeOfStop(stop), changes: progress.changes, exitCode: progress.end?.exitCode ?? null }
  const exitCode = progress.end?.exitCode ?? ended.exit.exitCode
  if (progress.end?.step === 'done' && exitCode === 0) {
    return { result: 'succeeded', changes: progress.changes, exitCode, failure: null, workspace: null }
  }
  const failure = failureOf(ended).toFailure()
  return { result: 'failed', changes: progress.changes, exitCode, failure, workspace: null }
}

function failureOf(ended: Ended): LauncherError {
  const { exit, progress, memoryBytes } = ended
  const limit = memoryBytes === null ? "of the worker's machine" : `of ${Math.round(memoryBytes / 1024 / 1024)} MiB`
  if (progress.end?.step === 'done') return commandFailed(`The script ended with exit code ${progress.end.exitCode}.`)
  if ((exit.oomKilled || ended.killedBy === 'memory') && (!progress.end || progress.end.exitCode === killedExit)) {
    return new LauncherError(
      'OUT_OF_MEMORY',
      `A process of the run was killed because the memory limit ${limit} was reached.`,
    )
  }
  if (progress.end) return failedStep(progress, progress.end)
  const [code, message] = unfinished(ended)
  return new LauncherError(code, message)
}

function failedStep(progress: Progress, end: { exitCode: number; step: string }): LauncherError {
  if (progress.phase === null) {
    return new LauncherError(
      'IMAGE_UNUSABLE',
      'The container image does not meet the prerequisites: its log says which.',
    )
  }
  const words = phaseWords[progress.phase]
  const what = end.step === 'command' ? words.doing : `running the ${hookTitle(end.step)} hooks`
  if (end.exitCode === 0) {
    return commandFailed(`The shell was ended with exit code 0 when ${what}, before ${progress.phase} was over.`)
  }
  return commandFailed(`Unexpected exit code when ${what}: ${end.exitCode}`)
}

/** The script could not say that it ended: it was killed, or replaced by `exec`, or never ran. */
function unfinished({ exit, progress, wentWithDaemon, killedBy }: Ended): [FailureCode, string] {
  const where = progress.phase === null ? 'before the first phase' : `during ${progress.phase}`
  if (wentWithDaemon) {
    return ['ENGINE_RESTARTED', `The Docker daemon was restarted, and the run's container ended with it ${where}.`]
  }
  if (exit.error !== '') return ['IMAGE_UNUSABLE', `The container could not run: ${exit.error.slice(0, 1000)}`]
  if (exit.exitCode === killedExit) return ['CONTAINER_LOST', `The container was killed ${where}, ${killer(killedBy)}.`]
  if (!progress.begun) {
    const why = "the log's last line says why; an exec format error there means an image for another machine"
    return ['IMAGE_UNUSABLE', `The image's /bin/sh did not run (exit code ${exit.exitCode}): ${why}.`]
  }
  return [
    'COMMAND_FAILED',
    `The container ended with exit code ${exit.exitCode} ${where}, before the run's script was over.`,
  ]
}

function killer(killedBy: KilledBy | null): string {
  const not = 'neither by this launcher nor for want of memory'
  if (killedBy === 'api')
    return `${not}: somebody did so through the Docker API, as \`docker kill\` and \`docker rm\` do`
  return `${not}: a process of the run killed its shell, or somebody on the worker's machine did`
}

function commandFailed(message: string): LauncherError {
  return new LauncherError('COMMAND_FAILED', message)
}
