import { setMounts } from './config/mounts.ts'
import { vcsMapping } from './config/vcs-options.ts'
import type { Config } from './config/options.ts'
import type { PassedEnv } from './passed-env.ts'
import { killGraceMs } from './run/ladder.ts'
import type { RunSettings } from './run/run.ts'

/** What a run needs of the configuration and the environment, and nothing else of it: least of all the credentials. */
export function runSettings(config: Config, launcherVersion: string, passedEnv: PassedEnv = nothing): RunSettings {
  const { directory, defaultImage, network, runtime, memoryBytes, cpus, pids, runTimeoutMs, logsTimeoutMs } = config
  const { interruptGraceMs: interruptMs, terminateGraceMs: terminateMs } = config
  const graces = { interruptMs, terminateMs, killMs: killGraceMs }
  const { defaultAnsibleImage, allowedImageHosts, pullPolicy } = config
  const images = { defaultImage, defaultAnsibleImage, allowedImageHosts, pullPolicy }
  const limits = { memoryBytes, cpus, pids, runTimeoutMs, logsTimeoutMs }
  const authorities = config.authorities ?? []
  const given = { passed: passedEnv.passed, masked: passedEnv.masked, mounts: setMounts(config) }
  return {
    directory,
    ...images,
    network,
    runtime,
    ...limits,
    ...given,
    graces,
    authorities,
    vcsEndpoints: vcsMapping(config),
    debug: config.debug,
    sensitiveOutputs: config.sensitiveOutputs,
    launcherVersion,
  }
}

const nothing: PassedEnv = { passed: [], masked: [] }
