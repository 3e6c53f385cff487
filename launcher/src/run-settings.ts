import type { Config } from './config/options.ts'
import { killGraceMs } from './run/ladder.ts'
import type { RunSettings } from './run/run.ts'

/** What a run needs of the configuration, and nothing else of it: least of all the credentials. */
export function runSettings(config: Config, launcherVersion: string): RunSettings {
  const { directory, defaultImage, network, runtime, memoryBytes, cpus, pids, runTimeoutMs, logsTimeoutMs } = config
  const { interruptGraceMs: interruptMs, terminateGraceMs: terminateMs } = config
  const graces = { interruptMs, terminateMs, killMs: killGraceMs }
  const limits = { memoryBytes, cpus, pids, runTimeoutMs, logsTimeoutMs }
  return { directory, defaultImage, network, runtime, ...limits, graces, launcherVersion }
}
