import type { Job } from '../../../protocol/job.ts'

/** What the operator's policy is asked about. */
export interface PolicySubject {
  readonly job: Job
  /** The image that it would run in. */
  readonly image: string
}

/**
 * The operator's word on which runs may start on this worker.
 * - `judge` answers why the run is denied, in the policy's own words; an empty list lets it start.
 * - It rejects with POLICY_FAILED if the policy gave no answer, which denies as well, and with the signal's reason.
 * - It is asked once a job: so again before what was planned is applied.
 */
export interface Policy {
  judge(subject: PolicySubject, signal: AbortSignal): Promise<readonly string[]>
}
