import type { Job, Phase } from '../../../protocol/job.ts'
import { inside, type Access, type PassedVariable } from './run.ts'
import type { StateSettings, Tool } from './tool.ts'

/** Phases that can change something. */
const writing: readonly Phase[] = ['APPLYING', 'PERFORMING', 'DESTROYING']

/**
 * Whether a job may change something: `write` if it may enter APPLYING, PERFORMING or DESTROYING. A container serves a
 * whole job, so a plan that is applied in the same job (autodeploy) is `write` from its beginning.
 */
export function accessOf(phases: readonly Phase[]): 'read' | 'write' {
  return phases.some((phase) => writing.includes(phase)) ? 'write' : 'read'
}

/** Whether something is for a job of these phases. */
export function isFor(phases: readonly Phase[]): (one: { readonly access: Access }) => boolean {
  const mine = accessOf(phases)
  return ({ access }) => access === 'both' || access === mine
}

export interface EnvironmentParts {
  readonly job: Job
  readonly tool: Pick<Tool, 'environment'>
  /** The operator's. */
  readonly passed: readonly PassedVariable[]
  /** Null: the run's state is not kept at the mothership. */
  readonly state: Pick<StateSettings, 'environment'> | null
}

/**
 * The container's environment, as `NAME=value`. Later ones win: what is computed, the tool's, the operator's, the job's
 * own, the state's. The job's own overrides what is computed, as it does at Spacelift; the state's comes last because it
 * belongs to the settings that are put beside the source. HOME and PATH are left to the image and the script, which
 * knows what the image has.
 */
export function containerEnvironment({ job, tool, passed, state }: EnvironmentParts): string[] {
  const isForIt = isFor(job.phases)
  const own = job.environment.filter(isForIt)
  // What is for jobs of this kind wins over what is for all.
  const given = [
    ...passed.filter(({ access }) => access === 'both'),
    ...passed.filter(({ access }) => access !== 'both'),
  ]
  const all = new Map([
    ...computed(job),
    ...Object.entries(tool.environment),
    ...given.filter(isForIt).map(({ name, value }): [string, string] => [name, value.reveal()]),
    ...own.map((variable): [string, string] => [variable.name, variable.value]),
    ...Object.entries(state?.environment ?? {}),
  ])
  return [...all].map(([name, value]) => `${name}=${value}`)
}

/**
 * The `TF_VAR_spacelift_*` variables, as far as a job knows them; `run_state` and `final_run_state` are the script's.
 */
function computed(job: Job): [string, string][] {
  const values: Record<string, string> = {
    commit_branch: job.commit.branch,
    commit_sha: job.commit.hash,
    local_preview: 'false',
    project_root: job.projectRoot,
    repository: job.source.kind === 'git' ? withoutCredentials(job.source.url) : '',
    run_id: job.run,
    run_state: 'PREPARING',
    run_trigger: job.triggeredBy,
    run_type: job.type,
    space_id: job.stack.space,
    stack_branch: job.commit.branch,
    stack_id: job.stack.id,
    stack_labels: job.stack.labels.join(','),
    stack_labels_list: `[${job.stack.labels.map(hclString).join(', ')}]`,
    workspace_root: inside.workspace,
  }
  return Object.entries(values).map(([name, value]) => [`TF_VAR_spacelift_${name}`, value])
}

/** A string of HCL: JSON's escapes are HCL's, but for the two that begin a template. */
function hclString(text: string): string {
  return JSON.stringify(text).replaceAll(/[$%](?=\{)/g, (sign) => sign + sign)
}

/** An address without the user and password that may be in it, to be shown. */
export function withoutCredentials(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, '$1')
}
