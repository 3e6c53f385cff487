import type { HookName, Job } from '../../../protocol/job.ts'
import { repositoryOf } from '../run/computed-variables.ts'
import { accessOf } from '../run/env.ts'
import type { PolicySubject } from '../run/policy.ts'

/** What the input needs that is not of the job. */
export interface InputParts {
  /** Milliseconds since 1970. */
  readonly now: number
  readonly launcherVersion: string
}

const nanosecondsPerMillisecond = 1_000_000
const masked = '*****'

/**
 * A run as policies for Spacelift's workers see it: the document that its launcher passes (`docker_image`, `run`,
 * `static_run_environment`, `worker_version`) and the one that is documented for its server (`commit`, `request`, `stack`,
 * and more in `run`), in one. Times are in nanoseconds; hooks and labels that are not there are null in the first, and
 * empty lists in the second; what a job does not know is there and empty. No secret value is in it.
 */
export function policyInput({ job, image }: PolicySubject, { now, launcherVersion }: InputParts) {
  const commit = { ...job.commit, created_at: 0 }
  return {
    docker_image: image,
    run: {
      based_on_local_workspace: false,
      changes: [],
      commit,
      created_at: job.createdAt * nanosecondsPerMillisecond,
      flags: [],
      id: job.run,
      runtime_config: {
        ...hooksOf(job, []),
        project_root: job.projectRoot,
        runner_image: image,
        terraform_version: versionOf(job),
      },
      state: job.continues ? 'PREPARING_APPLY' : 'PREPARING',
      triggered_by: job.triggeredBy,
      type: job.type,
      updated_at: now * nanosecondsPerMillisecond,
      user_provided_metadata: job.metadata ?? [],
    },
    static_run_environment: staticEnvironment(job),
    worker_version: launcherVersion,
    commit,
    request: { timestamp_ns: now * nanosecondsPerMillisecond },
    stack: stackOf(job),
  }
}

function staticEnvironment(job: Job) {
  const { labels } = job.stack
  return {
    account_name: job.account ?? '',
    auto_deploy: deploysItself(job),
    ...hooksOf(job, null),
    command: job.command ?? '',
    commit_branch: job.commit.branch,
    commit_sha: job.commit.hash,
    endpoint_logs: '',
    endpoint_registry: '',
    environment_variables: variablesOf(job),
    project_root: job.projectRoot,
    refresh_state: true,
    repository_path: repositoryOf(job),
    run_type: job.type,
    run_ulid: job.run,
    skip_init: !job.continues && !job.phases.includes('INITIALIZING'),
    stack_labels: labels.length > 0 ? labels : null,
    stack_slug: job.stack.id,
    terraform_version: versionOf(job),
    vendor_specific_config: vendorOf(job),
  }
}

function stackOf(job: Job) {
  const [repository = '', ...namespace] = repositoryOf(job).split('/').toReversed()
  return {
    administrative: false,
    autodeploy: deploysItself(job),
    branch: job.stack.branch ?? job.commit.branch,
    id: job.stack.id,
    labels: job.stack.labels,
    locked_by: null,
    name: job.stack.name,
    namespace: namespace.toReversed().join('/'),
    project_root: job.projectRoot,
    repository,
    roles: [],
    space: job.stack.space,
    state: '',
    terraform_version: versionOf(job),
  }
}

/** Whether changes are applied in the job that plans them, without a person between. */
function deploysItself({ phases, pause }: Job): boolean {
  return !pause && phases.includes('PLANNING') && phases.includes('APPLYING')
}

const hookKeys = {
  before_init: 'beforeInit',
  after_init: 'afterInit',
  before_plan: 'beforePlan',
  after_plan: 'afterPlan',
  before_apply: 'beforeApply',
  after_apply: 'afterApply',
  before_perform: 'beforePerform',
  after_perform: 'afterPerform',
  before_destroy: 'beforeDestroy',
  after_destroy: 'afterDestroy',
  after_run: 'afterRun',
} as const satisfies Record<string, HookName>

function hooksOf<T>({ hooks }: Job, none: T): Record<string, readonly string[] | T> {
  return Object.fromEntries(
    Object.entries(hookKeys).map(([key, name]) => {
      const commands = hooks[name] ?? []
      return [key, commands.length > 0 ? commands : none]
    }),
  )
}

function variablesOf({ environment, phases }: Job): Record<string, string> {
  const access = accessOf(phases)
  const seen = environment.filter((variable) => variable.access === 'both' || variable.access === access)
  return Object.fromEntries(seen.map(({ name, value, secret }) => [name, secret ? masked : value]))
}

function versionOf({ tool }: Job): string {
  return tool.name === 'custom' || tool.name === 'ansible' ? '' : (tool.version ?? '')
}

/** OpenTofu is a workflow tool of the vendor Terraform there. */
function vendorOf({ tool }: Job) {
  switch (tool.name) {
    case 'custom':
      return { vendor: 'custom', typed_config: {} }
    case 'ansible':
      return { vendor: 'ansible', typed_config: { playbook: tool.playbook ?? 'playbook.yml' } }
    case 'opentofu':
    case 'terraform':
      return { vendor: 'terraform', typed_config: { use_terragrunt: false, use_infracost: false } }
  }
}
