import { LauncherError } from '../base/errors.ts'

/** The failure of a policy that gave no answer: it denies the run. */
export function noAnswer(why: string, cause?: unknown): LauncherError {
  return new LauncherError(
    'POLICY_FAILED',
    `The run initialization policy could not be evaluated, so the run is denied: ${why}`,
    { cause },
  )
}
