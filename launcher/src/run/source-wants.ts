import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { LauncherError } from '../base/errors.ts'
import { toolOf } from './assignment.ts'
import type { ConductorParts, JobInHand } from './job-in-hand.ts'
import { effectiveJob, type RuntimeConfig, runtimeConfigFile, uselessIn } from './runtime-config.ts'
import { textInside } from './workspace/files.ts'

/** By this label a stack wants nothing of the file. */
const ignoringLabel = 'feature:ignore_runtime_config'

/** Written by people. */
const maxBytes = 1024 * 1024

/** Remarks that a log is given at most. */
const maxRemarks = 20

/**
 * The job as `.spacelift/config.yml` of its source wants it. A job that continues another one finds the file in its
 * workspace. Rejects with RUNTIME_CONFIG_INVALID.
 */
export async function asTheSourceWants(
  { readRuntimeConfig, tools }: Pick<ConductorParts, 'readRuntimeConfig' | 'tools'>,
  hand: JobInHand,
): Promise<JobInHand> {
  const { job, directories, log } = hand
  if (!readRuntimeConfig) return hand
  if (job.stack.labels.includes(ignoringLabel)) {
    const there = await lstat(join(directories.source, runtimeConfigFile)).catch(() => null)
    if (there) await log.line(`${runtimeConfigFile} is ignored, because the stack has the label ${ignoringLabel}`)
    return hand
  }
  const text = await textOf(directories.source)
  if (text === null) return hand
  const config = await readRuntimeConfig(text, job.stack.id)
  const wanted = effectiveJob(job, config)
  const remarks = [...config.remarks, ...uselessIn(wanted, config)]
  for (const line of [...saidOf(config, job.stack.id), ...remarks.slice(0, maxRemarks)]) await log.line(line)
  return { ...hand, job: wanted, tool: toolOf({ tools }, wanted) }
}

/** What cannot be read is not passed over: it may have been there to forbid something. */
async function textOf(source: string): Promise<string | null> {
  const text = await textInside(source, runtimeConfigFile, maxBytes)
  if (text !== null || (await lstat(join(source, runtimeConfigFile)).catch(() => null)) === null) return text
  const message = `${runtimeConfigFile}: expected a file of at most ${maxBytes} bytes, which no link leads out of the source for`
  throw new LauncherError('RUNTIME_CONFIG_INVALID', message)
}

function saidOf({ defaults, stack }: RuntimeConfig, id: string): string[] {
  const parts = [...(defaults ? ['stack_defaults'] : []), ...(stack ? [`stacks.${id}`] : [])]
  return parts.length === 0 ? [] : [`Runtime configuration of ${runtimeConfigFile} is taken: ${parts.join(', ')}`]
}
