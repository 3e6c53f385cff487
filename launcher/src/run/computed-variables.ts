import type { Job } from '../../../protocol/job.ts'
import { inside } from './run.ts'

/**
 * What a job knows of itself: the `TF_VAR_spacelift_*` variables, and the token by which it proves who it is.
 * `run_state` changes, and `final_run_state` comes, as the script goes on.
 */
export function computedVariables(job: Job): [string, string][] {
  const values: Record<string, string> = {
    account_name: job.account ?? '',
    commit_branch: job.commit.branch,
    commit_sha: job.commit.hash,
    local_preview: 'false',
    project_root: job.projectRoot,
    repository: repositoryOf(job),
    run_id: job.run,
    run_state: job.continues ? 'PREPARING_APPLY' : 'PREPARING',
    run_trigger: job.triggeredBy,
    run_type: job.type,
    space_id: job.stack.space,
    stack_branch: job.stack.branch ?? job.commit.branch,
    stack_id: job.stack.id,
    stack_labels: job.stack.labels.join(','),
    stack_labels_list: `[${job.stack.labels.map(hclString).join(', ')}]`,
    workspace_root: inside.workspace,
  }
  const computed = Object.entries(values).map(([name, value]): [string, string] => [`TF_VAR_spacelift_${name}`, value])
  return job.oidcToken === undefined ? computed : [...computed, ['SPACELIFT_OIDC_TOKEN', job.oidcToken]]
}

/** Owner and name of a job's repository: as its stack says, or as in the address of its source. */
export function repositoryOf({ stack, source }: Pick<Job, 'stack' | 'source'>): string {
  if (stack.repository !== undefined) return stack.repository
  if (source.kind !== 'git') return ''
  const path = withoutCredentials(source.url).replace(/^(?:[a-z][a-z0-9+.-]*:\/\/[^/]*\/|[^/:]+:)/i, '')
  return path.replace(/^\/+/, '').replace(/(?:\.git)?\/*$/, '')
}

/** A string of HCL: JSON's escapes are HCL's, but for the two that begin a template. */
function hclString(text: string): string {
  return JSON.stringify(text).replaceAll(/[$%](?=\{)/g, (sign) => sign + sign)
}

/** An address without the user and password that may be in it, to be shown. */
export function withoutCredentials(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, '$1')
}
