import { inShort, type Logger } from './base/log.ts'
import type { ControlChannel } from './control/channel.ts'
import type { HttpsApi } from './control/https-api.ts'
import type { WorkerFile } from './control/worker-file.ts'
import type { Successor } from './departure.ts'

/** How long each far end may take to hear it: together below the two seconds within which an idle launcher is gone. */
const withinMs = { api: 1100, channel: 500 }

export interface PartingParts {
  readonly api: Pick<HttpsApi, 'goodbye'>
  readonly channel: ControlChannel
  readonly file: Pick<WorkerFile, 'remove'>
  readonly log: Logger
}

/**
 * Ends a worker in good order. If it goes on as the same worker, only the connection ends; who was not heard keeps `worker.json`, so that the next
 * launcher here can go on as the same worker. Never rejects.
 */
export async function part({ api, channel, file, log }: PartingParts, successor: Successor | null): Promise<void> {
  if (successor === 'same') return channel.abandon(withinMs.channel)
  try {
    await api.goodbye('the launcher was told to stop', AbortSignal.timeout(withinMs.api))
    await file.remove()
  } catch (error) {
    log.warn(inShort(error), 'goodbye was not heard')
  }
  await channel.close(withinMs.channel)
}
