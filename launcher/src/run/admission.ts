import { LauncherError } from '../base/errors.ts'
import type { ConductorParts, JobInHand } from './job-in-hand.ts'
import { imageOf } from './plan.ts'

/**
 * Asks the operator's policy whether the run may start here. The policy's words are for the run's owner, so they are in
 * the run's log. Rejects with POLICY_DENIED, or as `Policy.judge` does.
 */
export async function admit(
  { policy, settings }: Pick<ConductorParts, 'policy' | 'settings'>,
  { job, log, ending }: Pick<JobInHand, 'job' | 'log' | 'ending'>,
): Promise<void> {
  await log.line('Evaluating run initialization policy...')
  if (!policy) return await log.line('No initialization policies attached')
  const denied = await policy.judge({ job, image: imageOf(job, settings) }, ending.signal)
  if (denied.length === 0) return await log.line('Run initialization policy is GO')
  for (const line of denied.flatMap((message) => message.split(/[\r\n]+/))) await log.line(line)
  throw new LauncherError('POLICY_DENIED', `The run initialization policy denied the run: ${denied.join('; ')}`)
}
