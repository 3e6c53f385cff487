import type { Clock } from './base/clock.ts'
import type { Logger } from './base/log.ts'
import type { Config } from './config/options.ts'
import type { ConfiguredEngine } from './configured-engine.ts'
import { imageCleaner, leftoverCleaner, toolCleaner } from './machine/cleaners.ts'
import { Disk, type Cleaner } from './machine/disk.ts'
import { jobDirectories, removeDirectories } from './run/workspace/directories.ts'

export interface RoomOnDiskParts {
  readonly config: Config
  readonly images: ConfiguredEngine['images']
  readonly clock: Clock
  readonly log: Logger
  readonly removed: (what: string, count: number) => void
}

/** What is asked of the engine about its disk is soon answered, or does not matter now. */
const askMs = 5_000

/** A job may take a while beyond its timeout until its container is gone. */
const afterTimeoutMs = 10 * 60_000

/** The disks of this launcher and its engine, and what there may go. */
export function roomOnDisk({ config, images, clock, log, removed }: RoomOnDiskParts): Disk {
  const { directory, diskUsageThreshold: threshold, runTimeoutMs } = config
  const found: { engine: string | null } = { engine: null }
  const paths = async () => {
    found.engine ??= (await images?.store.directory(AbortSignal.timeout(askMs)).catch(() => null)) ?? null
    return found.engine === null ? [directory] : [directory, found.engine]
  }
  const cleaners: Cleaner[] = [
    leftoverCleaner({ directory, remove: (job) => removeDirectories(jobDirectories(directory, job)) }),
    ...(images ? [imageCleaner({ ...images, path: () => found.engine ?? 'unknown' })] : []),
    toolCleaner({
      directory: `${directory}/binaries`,
      path: directory,
      unusedMs: runTimeoutMs + afterTimeoutMs,
      now: () => clock.now(),
    }),
  ]
  return new Disk({ paths, threshold, cleaners, log, removed })
}
