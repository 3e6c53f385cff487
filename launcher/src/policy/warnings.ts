import type { Job } from '../../../protocol/job.ts'
import { policyInput } from './input.ts'
import type { OpenedPolicy } from './open-policy.ts'

const nobody = '00000000000000000000000000'

/** A run as there are many, without metadata. */
const ordinary: Job = {
  id: nobody,
  run: nobody,
  worker: nobody,
  type: 'TRACKED',
  stack: { id: 'stack', name: 'stack', labels: [], space: 'root' },
  createdAt: 0,
  triggeredBy: '',
  commit: { hash: '0'.repeat(40), message: '', author: '', branch: 'main' },
  phases: ['INITIALIZING', 'PLANNING'],
  pause: true,
  continues: null,
  tool: { name: 'opentofu', version: null },
  image: null,
  source: { kind: 'none' },
  projectRoot: '',
  environment: [],
  files: [],
  hooks: {},
  command: null,
  state: null,
}

/**
 * What an operator should know of a policy that compiles and may not do what was meant. A rule that reads metadata that is
 * not there is undefined, so a check of a signature lets pass what has none; this is found by trying. A policy that runs
 * programs is not tried.
 */
export async function warningsOf({ policy, compiled }: OpenedPolicy, signal: AbortSignal): Promise<readonly string[]> {
  const { path, text, denies, usesExec } = compiled
  if (!denies) return [`${path} has no rule deny, so it denies no run`]
  if (usesExec || !text.includes('user_provided_metadata')) return []
  const input = policyInput({ job: ordinary, image: 'image' }, { now: 0, launcherVersion: '' })
  const denied = await policy.verdict(input, signal).then(
    ({ verdict }) => verdict.denied.length > 0 || verdict.error !== '',
    () => true,
  )
  return denied
    ? []
    : [
        `${path} reads user_provided_metadata and allows a run that has none: deny also if count(input.run.user_provided_metadata) == 0`,
      ]
}
