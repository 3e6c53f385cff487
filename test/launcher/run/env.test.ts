import { expect, it } from 'vitest'
import { repositoryOf, withoutCredentials } from '../../../launcher/src/run/computed-variables.ts'
import { accessOf, containerEnvironment } from '../../../launcher/src/run/env.ts'
import { secretsOf } from '../../../launcher/src/run/job-secrets.ts'
import { Secret } from '../../../launcher/src/base/secret.ts'
import { sampleJob } from '../../fakes/jobs.ts'
import { worker } from './world.ts'

const job = sampleJob(worker, {
  id: '01JD0000000000000000000001',
  run: '01JD0000000000000000000002',
  type: 'TRACKED',
  account: 'mothership.example',
  oidcToken: 'a.token.signed',
  phases: ['INITIALIZING', 'PLANNING'],
  stack: { id: 'a-stack', name: 'A stack', labels: ['prod', 'say "hi" ${x}'], space: 'root' },
  commit: { hash: 'abc', message: 'm', author: 'a', branch: 'main' },
  source: { kind: 'git', url: 'https://me:secret@git.example/x.git', ref: null, commit: null },
  projectRoot: 'a b/ü',
  environment: [
    { name: 'BOTH', value: 'b=c\nd', secret: false, access: 'both' },
    { name: 'SCOPED', value: 'read', secret: true, access: 'read' },
    { name: 'SCOPED', value: 'write', secret: true, access: 'write' },
    { name: 'TF_VAR_spacelift_repository', value: 'mine', secret: false, access: 'both' },
    { name: 'TOOL', value: 'theirs', secret: false, access: 'both' },
  ],
})
const parts = {
  job,
  tool: { environment: { TOOL: 'ours', OTHER: 'tool' } },
  passed: [],
  state: { environment: { OTHER: 'state' } },
}

const entriesOf = (changes: Partial<typeof parts>) => containerEnvironment({ ...parts, ...changes }).entries

it('computes what a job knows, and lets the stack override it', () => {
  expect(entriesOf({})).toEqual([
    'TF_VAR_spacelift_account_name=mothership.example',
    'TF_VAR_spacelift_commit_branch=main',
    'TF_VAR_spacelift_commit_sha=abc',
    'TF_VAR_spacelift_local_preview=false',
    'TF_VAR_spacelift_project_root=a b/ü',
    'TF_VAR_spacelift_repository=mine',
    'TF_VAR_spacelift_run_id=01JD0000000000000000000002',
    'TF_VAR_spacelift_run_state=PREPARING',
    'TF_VAR_spacelift_run_trigger=somebody',
    'TF_VAR_spacelift_run_type=TRACKED',
    'TF_VAR_spacelift_space_id=root',
    'TF_VAR_spacelift_stack_branch=main',
    'TF_VAR_spacelift_stack_id=a-stack',
    'TF_VAR_spacelift_stack_labels=prod,say "hi" ${x}',
    'TF_VAR_spacelift_stack_labels_list=["prod", "say \\"hi\\" $${x}"]',
    'TF_VAR_spacelift_workspace_root=/mnt/workspace',
    'SPACELIFT_OIDC_TOKEN=a.token.signed',
    'TOOL=theirs',
    'OTHER=state',
    'BOTH=b=c\nd',
    'SCOPED=read',
  ])
})

it('says which branch the stack tracks, which repository it is of, and that it is about to apply', () => {
  const stack = { ...job.stack, branch: 'production', repository: 'acme/network' }
  const continues = { length: 1, sha256: 'a'.repeat(64) }
  const said = entriesOf({ job: { ...job, stack, continues, environment: [] } })
  expect(said).toEqual(
    expect.arrayContaining([
      'TF_VAR_spacelift_stack_branch=production',
      'TF_VAR_spacelift_repository=acme/network',
      'TF_VAR_spacelift_run_state=PREPARING_APPLY',
    ]),
  )
  const addresses = ['https://u:p@git.example/acme/x.git', 'git@git.example:acme/x.git', 'ssh://git@h/a/b/x/']
  const found = addresses.map((url) => repositoryOf({ ...job, source: { kind: 'git', url, ref: null, commit: null } }))
  expect(found).toEqual(['acme/x', 'acme/x', 'a/b/x'])
})

it('gives a variable only to jobs of its kind', () => {
  const write = entriesOf({ job: { ...job, phases: ['INITIALIZING', 'PLANNING', 'APPLYING'] } })
  expect(write).toContain('SCOPED=write')
  expect(write).not.toContain('SCOPED=read')
  expect([accessOf(['PLANNING']), accessOf(['PERFORMING']), accessOf(['DESTROYING'])]).toEqual([
    'read',
    'write',
    'write',
  ])
})

it("gives what the operator passes to jobs of its kind, below the stack's own and above the tool's", () => {
  const passed = [
    { name: 'KEY', value: new Secret('for reading'), access: 'read' as const },
    { name: 'KEY', value: new Secret('for all'), access: 'both' as const },
    { name: 'TOOL', value: new Secret('passed'), access: 'both' as const },
    { name: 'BOTH', value: new Secret('passed'), access: 'both' as const },
    { name: 'ONLY', value: new Secret('for writing'), access: 'write' as const },
    { name: 'OTHER', value: new Secret('passed'), access: 'both' as const },
  ]
  const tool = { environment: { OTHER: 'tool', LAST: 'tool' } }
  const read = containerEnvironment({ ...parts, tool, passed, state: null }).entries
  expect(read).toEqual(expect.arrayContaining(['KEY=for reading', 'TOOL=theirs', 'BOTH=b=c\nd', 'OTHER=passed']))
  expect(read.join()).not.toContain('for writing')
  const write = containerEnvironment({ ...parts, passed, job: { ...job, phases: ['PERFORMING'] } }).entries
  expect(write).toEqual(expect.arrayContaining(['KEY=for all', 'ONLY=for writing', 'OTHER=state']))
})

const plain = (name: string, value: string) => ({ name, value, secret: false, access: 'both' as const })

it("puts values where the job's own variables name them, and in no others", () => {
  const passed = [{ name: 'PASSED', value: new Secret('${RUN}'), access: 'both' as const }]
  const environment = [
    plain('A', '${B} and ${PASSED}'),
    plain('B', '<${TF_VAR_spacelift_run_id}>'),
    plain('RUN', '1'),
    plain('CIRCLE', '${CIRCLE}'),
  ]
  const { entries, remarks } = containerEnvironment({ ...parts, passed, job: { ...job, environment } })
  expect(entries).toContain('A=<01JD0000000000000000000002> and ${RUN}')
  expect(entries).toEqual(expect.arrayContaining(['PASSED=${RUN}', 'CIRCLE=${CIRCLE}']))
  expect(remarks).toEqual(['Environment variables lead into a circle of ${...}, and are left as they are: CIRCLE'])
})

it('masks what a secret is put into, as well as the secret', () => {
  const environment = [
    { name: 'PASSWORD', value: 'hunter2-hunter2', secret: true, access: 'both' as const },
    { name: 'EMPTY', value: '', secret: true, access: 'both' as const },
    plain('ADDRESS', 'postgres://me:${PASSWORD}@db/${EMPTY}'),
    plain('QUOTED', '"${ADDRESS}"'),
    plain('OPEN', 'production${EMPTY}'),
    plain('OPERATORS', 'of ${THEIRS}'),
    plain('LITERAL', '$${PASSWORD}'),
  ]
  const passed = [{ name: 'THEIRS', value: new Secret('their-secret'), access: 'both' as const }]
  expect(secretsOf({ ...job, environment }, { passed, masked: [new Secret('their-secret')] }).toSorted()).toEqual([
    '"postgres://me:hunter2-hunter2@db/"',
    'a.token.signed',
    'hunter2-hunter2',
    'of their-secret',
    'postgres://me:hunter2-hunter2@db/',
    'secret',
    'their-secret',
  ])
})

it('shows addresses without their passwords', () => {
  const addresses = ['https://a:b@c.example/d', 'ssh://git@c.example/d', 'git@c.example:d', 'https://c.example/@d']
  expect(addresses.map(withoutCredentials)).toEqual([
    'https://c.example/d',
    'ssh://c.example/d',
    'git@c.example:d',
    'https://c.example/@d',
  ])
})
