import { systemClock } from './base/clock.ts'
import type { Logger } from './base/log.ts'
import type { Env } from './config/option.ts'
import type { Config } from './config/options.ts'
import type { OpenedPolicy } from './policy/open-policy.ts'

/** The settings of the policy; all have values, also where others of the configuration cannot be read. */
export type PolicyConfig = Pick<Config, 'opa' | 'policyTimeoutMs' | 'policyExec' | 'policyHttp' | 'policyFailedCalls'>

export interface PolicySurroundings {
  readonly env: Env
  /** The directory of the launcher's program. */
  readonly beside: string
  readonly version: string
  readonly log: Logger
  /** Where temporary files may be, best first. */
  readonly places: readonly string[]
  /** Gets a line for every evaluation that the policy wants to be kept. */
  readonly sampled: (line: string) => void
}

/** Opens the policy in a file as the settings say. Rejects with CONFIGURATION if it cannot be used. */
export async function openConfigured(
  path: string,
  config: PolicyConfig,
  { env, beside, version, log, places, sampled }: PolicySurroundings,
): Promise<OpenedPolicy> {
  // Most launchers have no policy, and need not load this.
  const [{ openPolicy }, { Scratch }] = await Promise.all([
    import('./policy/open-policy.ts'),
    import('./policy/scratch.ts'),
  ])
  const settings = {
    path,
    opa: config.opa,
    timeoutMs: config.policyTimeoutMs,
    exec: config.policyExec,
    http: config.policyHttp,
    onFailedCall: config.policyFailedCalls,
  }
  const scratch = new Scratch(places)
  return openPolicy({ settings, env, beside, launcherVersion: version, scratch, clock: systemClock, log, sampled })
}

/** The policy that the configuration names, or null; warns of one that may not do what was meant. Rejects as `openConfigured` does. */
export async function attachedPolicy(
  config: PolicyConfig & Pick<Config, 'policyFile'>,
  surroundings: PolicySurroundings,
): Promise<OpenedPolicy['policy'] | null> {
  if (config.policyFile === null) return null
  const opened = await openConfigured(config.policyFile, config, surroundings)
  const { warningsOf } = await import('./policy/warnings.ts')
  const { log } = surroundings
  for (const warning of await warningsOf(opened, new AbortController().signal)) log.warn(warning)
  const { path, language } = opened.compiled
  log.info({ policy: path, language }, 'the run initialization policy is attached')
  return opened.policy
}
