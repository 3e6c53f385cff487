import { expect, it } from 'vitest'
import { effectiveJob, uselessIn } from '../../../launcher/src/run/runtime-config.ts'
import { readRuntimeConfig } from '../../../launcher/src/tools/runtime-config.ts'
import type { Job } from '../../../protocol/job.ts'
import { sampleJob } from '../../fakes/jobs.ts'

const job = sampleJob('01JD0000000000000000000009', {
  tool: { name: 'opentofu', version: '1.9.0' },
  image: 'stack:1',
  projectRoot: 'own',
  hooks: { beforeInit: ['own init'], afterPlan: ['own plan'] },
  environment: [
    { name: 'OWN', value: 'own', secret: true, access: 'both' },
    { name: 'SPLIT', value: 'r', secret: true, access: 'read' },
    { name: 'SPLIT', value: 'w', secret: true, access: 'write' },
  ],
})

const bare = { ...job, tool: { name: 'opentofu', version: null }, image: null, projectRoot: '', hooks: {} } as const

/** Spacelift's own example, and then some. */
const text = (version: string) => `
version: ${version}
stack_defaults:
  runner_image: your/first:runner
  project_root: defaults
  before_init:
    - tofu fmt -check
    - tflint
  after_plan: [default plan]
  opentofu_version: 1.10
  environment: {OWN: default, DEFAULT: '1'}
stacks:
  first: &shared
    before_apply: [hostname]
    project_root: ./infra/
    terraform_version: 0.12.4
  a-stack:
    <<: *shared
    terraform_version: 0.13.0
    before_init: []
    environment:
      AWS_REGION: eu-west-1
      ro_SPLIT: 'yes'
`

const effective = async (version: string, changed: Job = job) =>
  effectiveJob(changed, await readRuntimeConfig(text(version), changed.stack.id))

it('takes the stack’s block before all, and in version 2 the defaults before the stack’s own settings', async () => {
  expect(await effective('"2"')).toMatchObject({
    image: 'your/first:runner',
    projectRoot: 'infra',
    hooks: { beforeInit: [], beforeApply: ['hostname'], afterPlan: ['default plan'] },
    tool: { name: 'opentofu', version: '1.10' },
    environment: [
      { name: 'OWN', value: 'own' },
      { name: 'SPLIT', value: 'w', access: 'write' },
      { name: 'AWS_REGION', value: 'eu-west-1', secret: false, access: 'both' },
      { name: 'SPLIT', value: 'yes', access: 'read' },
    ],
  })
})

it('takes the defaults last in version 1, which is the version of a file without one', async () => {
  const first = await effective('1')
  expect(first).toMatchObject({
    image: 'stack:1',
    projectRoot: 'infra',
    hooks: { beforeInit: [], beforeApply: ['hostname'], afterPlan: ['own plan'] },
    tool: { version: '1.9.0' },
  })
  expect(await effective('')).toEqual(first)
  expect(await effective('1', bare)).toMatchObject({
    image: 'your/first:runner',
    hooks: { beforeInit: [], afterPlan: ['default plan'] },
    tool: { version: '1.10' },
  })
})

it('takes the defaults for a stack that the file does not name', async () => {
  const other: Job = { ...job, stack: { ...job.stack, id: 'other' } }
  const second = await effective('2', other)
  expect(second).toMatchObject({ projectRoot: 'defaults', hooks: { beforeInit: ['tofu fmt -check', 'tflint'] } })
  expect(second.environment).toContainEqual({ name: 'OWN', value: 'default', secret: false, access: 'both' })
  const first = await effective('1', other)
  expect(first).toMatchObject({ projectRoot: 'own', hooks: job.hooks })
  expect(first.environment.map(({ name, value }) => `${name}=${value}`)).toEqual([
    'OWN=own',
    'SPLIT=r',
    'SPLIT=w',
    'DEFAULT=1',
  ])
})

it('chooses another tool, whose version is its own, and says which version is of no use', async () => {
  const block = 'stacks: {a-stack: {terraform_workflow_tool: TERRAFORM_FOSS, opentofu_version: 1.6.2}}'
  const config = await readRuntimeConfig(block, 'a-stack')
  const wanted = effectiveJob(job, config)
  expect(wanted.tool).toEqual({ name: 'terraform', version: null })
  expect(uselessIn(wanted, config)).toEqual([
    '.spacelift/config.yml: opentofu_version is of no use, because the tool is terraform',
  ])
  const ansible: Job = { ...job, tool: { name: 'custom', version: null } }
  expect(effectiveJob(ansible, config).tool).toEqual({ name: 'terraform', version: null })
})

it('leaves a job as it is if the file says nothing of it', async () => {
  for (const nothing of ['', '# nothing\n', 'version: "2"', 'stacks:\n', 'stacks: {other: {before_init: [x]}}']) {
    expect(effectiveJob(job, await readRuntimeConfig(nothing, 'a-stack'))).toEqual(job)
  }
})

it('tells of keys that are not known, in a line each, and passes them over', async () => {
  const config = await readRuntimeConfig(
    'tests: []\nstak_defaults: {}\nstacks:\n  a-stack:\n    before_inti: [x]\n    zzz: 1\n  other: {nonsense: 1}\n',
    'a-stack',
  )
  expect(config.remarks).toEqual([
    '.spacelift/config.yml: line 2: stak_defaults is not known here, did you mean stack_defaults?',
    '.spacelift/config.yml: line 5: stacks.a-stack.before_inti is not known here, did you mean before_init?',
    '.spacelift/config.yml: line 6: stacks.a-stack.zzz is not known here, it is passed over',
  ])
})

it.each([
  ['version: 3', 'line 1: version: expected "1" or "2", got "3"'],
  ['- a', 'line 1: the file: expected keys and values, got a list'],
  ['stacks: [a]', 'line 1: stacks: expected keys and values, got a list'],
  [
    'stack_defaults:\n  before_init: {a: b}',
    'line 2: stack_defaults.before_init: expected a list of commands, got keys and values',
  ],
  [
    'stack_defaults:\n  before_init:\n    - ok\n    - [x]',
    'line 4: stack_defaults.before_init[1]: expected a command, got a list',
  ],
  [
    'stack_defaults: {project_root: ../up}',
    'line 1: stack_defaults.project_root: expected a path below the source, without .., got "../up"',
  ],
  [
    'stack_defaults: {runner_image: "a b"}',
    'line 1: stack_defaults.runner_image: expected the name of an image, got "a b"',
  ],
  [
    'stack_defaults: {terraform_workflow_tool: tofu}',
    'line 1: stack_defaults.terraform_workflow_tool: expected TERRAFORM_FOSS, OPEN_TOFU, CUSTOM, got "tofu"',
  ],
  [
    'stack_defaults:\n  environment:\n    1A: x',
    'line 3: stack_defaults.environment: expected a name of letters, digits and _, not beginning with a digit, got "1A"',
  ],
  ['stack_defaults:\n  environment: {A: [x]}', 'line 2: stack_defaults.environment.A: expected a text, got a list'],
  ['a: b\n  c: d\n', 'line 1: Nested mappings are not allowed in compact mappings'],
  ['a: &x [*x, *x, *x]', 'more than 50000 values, or more than 50 in one another'],
  ['stacks: {<<: 1}', 'line 1: << takes a map, or a list of maps'],
])('refuses %j by its line', async (bad, problem) => {
  await expect(readRuntimeConfig(bad, 'a-stack')).rejects.toMatchObject({
    code: 'RUNTIME_CONFIG_INVALID',
    message: expect.stringContaining(`.spacelift/config.yml: ${problem}`) as string,
  })
})
