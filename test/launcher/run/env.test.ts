import { expect, it } from 'vitest'
import { accessOf, containerEnvironment, withoutCredentials } from '../../../launcher/src/run/env.ts'
import { Secret } from '../../../launcher/src/base/secret.ts'
import { sampleJob } from '../../fakes/jobs.ts'
import { worker } from './world.ts'

const job = sampleJob(worker, {
  id: '01JD0000000000000000000001',
  run: '01JD0000000000000000000002',
  type: 'TRACKED',
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

it('computes what a job knows, and lets the stack override it', () => {
  expect(containerEnvironment(parts)).toEqual([
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
    'TOOL=theirs',
    'OTHER=state',
    'BOTH=b=c\nd',
    'SCOPED=read',
  ])
})

it('gives a variable only to jobs of its kind', () => {
  const write = containerEnvironment({ ...parts, job: { ...job, phases: ['INITIALIZING', 'PLANNING', 'APPLYING'] } })
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
  const read = containerEnvironment({ ...parts, tool, passed, state: null })
  expect(read).toEqual(expect.arrayContaining(['KEY=for reading', 'TOOL=theirs', 'BOTH=b=c\nd', 'OTHER=passed']))
  expect(read.join()).not.toContain('for writing')
  const write = containerEnvironment({ ...parts, passed, job: { ...job, phases: ['PERFORMING'] } })
  expect(write).toEqual(expect.arrayContaining(['KEY=for all', 'ONLY=for writing', 'OTHER=state']))
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
