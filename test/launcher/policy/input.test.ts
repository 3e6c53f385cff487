import { expect, it } from 'vitest'
import type { Job } from '../../../protocol/job.ts'
import { policyInput } from '../../../launcher/src/policy/input.ts'
import { sampleJob } from '../../fakes/jobs.ts'

const id = '01JD0000000000000000000009'
const now = 1_790_000_000_123
const inputOf = (changes: Partial<Job> = {}, image = 'runner:1') =>
  policyInput({ job: sampleJob(id, { run: id, ...changes }), image }, { now, launcherVersion: '1.2.3' })
const variable = { name: 'A', value: 'a', secret: false, access: 'both' } as const

it('has every key of the sample that is published for private workers', () => {
  const { run, static_run_environment: environment, ...rest } = inputOf()
  const published = {
    run: [
      'based_on_local_workspace',
      'changes',
      'commit',
      'created_at',
      'id',
      'state',
      'triggered_by',
      'updated_at',
      'user_provided_metadata',
    ],
    environment: [
      'account_name',
      'auto_deploy',
      'before_apply',
      'before_init',
      'command',
      'commit_branch',
      'commit_sha',
      'endpoint_logs',
      'endpoint_registry',
      'environment_variables',
      'project_root',
      'refresh_state',
      'repository_path',
      'run_type',
      'run_ulid',
      'skip_init',
      'stack_labels',
      'stack_slug',
      'terraform_version',
      'vendor_specific_config',
    ],
  }
  expect(Object.keys(run)).toEqual(expect.arrayContaining(published.run))
  expect(Object.keys(run.commit).sort()).toEqual(['author', 'branch', 'created_at', 'hash', 'message'])
  expect(Object.keys(environment)).toEqual(expect.arrayContaining(published.environment))
  expect(rest).toMatchObject({ docker_image: 'runner:1', worker_version: '1.2.3' })
})

it('has every key that is documented for policies of the server', () => {
  const { run, commit, request, stack } = inputOf()
  expect(Object.keys(run)).toEqual(expect.arrayContaining(['flags', 'runtime_config', 'type']))
  expect(Object.keys(run.runtime_config)).toEqual(
    expect.arrayContaining(['before_init', 'project_root', 'runner_image', 'terraform_version']),
  )
  expect(commit).toEqual(run.commit)
  expect(request).toEqual({ timestamp_ns: now * 1_000_000 })
  expect(Object.keys(stack).sort()).toEqual([
    'administrative',
    'autodeploy',
    'branch',
    'id',
    'labels',
    'locked_by',
    'name',
    'namespace',
    'project_root',
    'repository',
    'roles',
    'space',
    'state',
    'terraform_version',
  ])
})

it('writes times as whole nanoseconds', () => {
  const text = JSON.stringify(inputOf({ createdAt: 1_790_000_000_001 }))
  expect(text).toContain('"created_at":1790000000001000000,')
  expect(text).toContain('"timestamp_ns":1790000000123000000}')
})

it('has null for hooks and labels that are not there in one shape, and empty lists in the other', () => {
  const { run, static_run_environment: environment, stack } = inputOf()
  expect(environment).toMatchObject({ before_init: null, before_apply: null, stack_labels: null })
  expect(run.runtime_config).toMatchObject({ before_init: [] })
  expect(run).toMatchObject({ changes: [], user_provided_metadata: [] })
  expect(stack.labels).toEqual([])
})

it('has hooks, metadata, labels and command of the job', () => {
  const stack = { id: 's', name: 'S', labels: ['a', 'b'], space: 'root' }
  const { run, static_run_environment: environment } = inputOf({
    hooks: { beforeInit: ['x', 'y'] },
    metadata: ['m'],
    stack,
    command: 'ls',
  })
  expect(environment).toMatchObject({
    before_init: ['x', 'y'],
    stack_labels: ['a', 'b'],
    stack_slug: 's',
    command: 'ls',
  })
  expect(run).toMatchObject({ user_provided_metadata: ['m'], runtime_config: { before_init: ['x', 'y'] } })
})

it('has the names of secret variables and not their values, and no variable of the other access', () => {
  const input = inputOf({
    environment: [
      variable,
      { ...variable, name: 'KEY', value: 'hunter2', secret: true },
      { ...variable, name: 'READ', value: 'r', access: 'read' },
    ],
    files: [{ path: 'f', content: Buffer.from('hunter2').toString('base64'), secret: true }],
  })
  expect(input.static_run_environment.environment_variables).toEqual({ A: 'a', KEY: '*****' })
  expect(JSON.stringify(input)).not.toMatch(/hunter2|aHVudGVyMg/)
})

it.each([
  ['https://user:hunter2@git.example/owner/repo.git', 'owner/repo', 'owner', 'repo'],
  ['git@git.example:group/sub/repo.git', 'group/sub/repo', 'group/sub', 'repo'],
  ['ssh://git@git.example:22/owner/repo', 'owner/repo', 'owner', 'repo'],
  ['https://git.example/repo/', 'repo', '', 'repo'],
])('names the repository of %s, without credentials', (...[url, path, namespace, repository]) => {
  const input = inputOf({ source: { kind: 'git', url, ref: null, commit: null } })
  expect(input.static_run_environment.repository_path).toBe(path)
  expect(input.stack).toMatchObject({ namespace, repository })
  expect(JSON.stringify(input)).not.toContain('hunter2')
})

it('tells a plan, an apply after a confirmation, and a deployment without one apart', () => {
  const phases = ['INITIALIZING', 'PLANNING'] as const
  const of = (changes: Partial<Job>) => {
    const { run, static_run_environment: environment } = inputOf({ type: 'TRACKED', ...changes })
    return [run.state, environment.auto_deploy, environment.skip_init]
  }
  expect(of({ phases: [...phases], pause: true })).toEqual(['PREPARING', false, false])
  const continues = { length: 1, sha256: 'a'.repeat(64) }
  expect(of({ phases: ['APPLYING'], continues })).toEqual(['PREPARING_APPLY', false, false])
  expect(of({ phases: [...phases, 'APPLYING'] })).toEqual(['PREPARING', true, false])
  expect(of({ phases: ['PERFORMING'], type: 'TASK' })).toEqual(['PREPARING', false, true])
})

it('has the version of OpenTofu and Terraform, and none of other tools', () => {
  const { static_run_environment: tofu } = inputOf({ tool: { name: 'opentofu', version: '1.10.0' } })
  expect(tofu).toMatchObject({ terraform_version: '1.10.0', vendor_specific_config: { vendor: 'terraform' } })
  const { static_run_environment: custom } = inputOf({ tool: { name: 'custom', version: '2' } })
  expect(custom).toMatchObject({ terraform_version: '', vendor_specific_config: { vendor: 'custom' } })
})

it('names the playbook of Ansible', () => {
  const vendorOf = (tool: Job['tool']) => inputOf({ tool }).static_run_environment.vendor_specific_config
  const ansible = { name: 'ansible', version: null } as const
  expect(vendorOf({ ...ansible, playbook: 'site.yml' })).toEqual({
    vendor: 'ansible',
    typed_config: { playbook: 'site.yml' },
  })
  expect(vendorOf(ansible)).toMatchObject({ typed_config: { playbook: 'playbook.yml' } })
})
