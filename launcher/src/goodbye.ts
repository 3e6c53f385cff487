import { inShort, type Logger } from './base/log.ts'
import type { ControlChannel } from './control/channel.ts'
import type { HttpsApi } from './control/https-api.ts'
import type { WorkerFile } from './control/worker-file.ts'
import type { Successor } from './departure.ts'
import type { Conductor } from './run/conductor.ts'

/** How long each far end may take to hear it: together below the two seconds within which an idle launcher is gone. */
const withinMs = { api: 1100, channel: 500 }

export interface PartingParts {
  readonly api: Pick<HttpsApi, 'goodbye'>
  readonly channel: ControlChannel
  readonly conductor: Pick<Conductor, 'owes'>
  readonly file: Pick<WorkerFile, 'remove'>
  readonly log: Logger
}

/**
 * Ends a worker in good order. Only the connection ends if it goes on as the same worker, at once or when the next launcher here tells the end of
 * a job that nobody heard: a goodbye would have the job taken from it. Never rejects.
 */
export async function part(parts: PartingParts, successor: Successor | null): Promise<void> {
  const { api, channel, file, log } = parts
  if (successor === 'same' || (successor === null && (await owes(parts)))) return channel.abandon(withinMs.channel)
  try {
    await api.goodbye('the launcher was told to stop', AbortSignal.timeout(withinMs.api))
    await file.remove()
  } catch (error) {
    // Then `worker.json` stays, so that the next launcher here can go on as the same worker.
    log.warn(inShort(error), 'goodbye was not heard')
  }
  await channel.close(withinMs.channel)
}

async function owes({ conductor, log }: PartingParts): Promise<boolean> {
  try {
    if (!(await conductor.owes())) return false
  } catch (error) {
    log.warn({ err: error }, 'journal cannot be read')
    return false
  }
  log.warn('the end of a job was not heard: leaves it to the next launcher with this directory, and says no goodbye')
  return true
}
