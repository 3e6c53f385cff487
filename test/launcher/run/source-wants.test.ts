import { expect, it } from 'vitest'
import { Conductor } from '../../../launcher/src/run/conductor.ts'
import type { ContainerPlan } from '../../../launcher/src/run/engine.ts'
import type { PolicySubject } from '../../../launcher/src/run/policy.ts'
import type { RunSettings } from '../../../launcher/src/run/run.ts'
import { readRuntimeConfig } from '../../../launcher/src/tools/runtime-config.ts'
import type { Job } from '../../../protocol/job.ts'
import { type Scene, succeeding, World } from './world.ts'

/** A job whose source says these things; what was run is in the engine, what was asked in `asked`. */
async function conducted(config: string, changes: Partial<Job> = {}, settings: Partial<RunSettings> = {}) {
  const created: ContainerPlan[] = []
  const images = ['default:1', 'wanted:2', 'good.example/x:1']
  const play = (scene: Scene) => {
    created.push(scene.stage.plan)
    return succeeding('PERFORMING')(scene)
  }
  const world = new World({ settings, images, play })
  const asked: PolicySubject[] = []
  const policy = {
    judge: async (subject: PolicySubject) => {
      asked.push(subject)
      return []
    },
  }
  const content = Buffer.from(config).toString('base64')
  const job = world.job({ files: [{ path: 'source/.spacelift/config.yml', content, secret: false }], ...changes })
  await new Conductor({ ...world.parts, readRuntimeConfig, policy }).conduct(job.id, new AbortController().signal)
  return {
    world,
    asked,
    created,
    outcome: world.outcome,
    text: world.control.text,
    [Symbol.dispose]: () => world[Symbol.dispose](),
  }
}

it('runs in the image that the source wants, which is what the policy is asked about', async () => {
  const config = 'stack_defaults: {runner_image: "wanted:2", environment: {A: "${TOOL}"}, before_perform: [hook]}'
  using run = await conducted(config)
  expect(run.outcome).toMatchObject({ result: 'succeeded' })
  expect(run.created.map(({ image }) => image)).toEqual(['wanted:2'])
  expect(run.created[0]?.environment).toContain('A=yes')
  expect(run.asked).toMatchObject([
    { image: 'wanted:2', job: { image: 'wanted:2', hooks: { beforePerform: ['hook'] } } },
  ])
  expect(run.text).toContain('Runtime configuration of .spacelift/config.yml is taken: stack_defaults')
  expect(run.text).toContain('Pulling Docker image wanted:2...')
})

it('asks the operator about the image that is wanted, and not about the one that it takes the place of', async () => {
  const settings = { allowedImageHosts: ['good.example'] }
  const wanting = (image: string) => `version: 2\nstack_defaults: {runner_image: "${image}"}`
  using good = await conducted(wanting('good.example/x:1'), { image: 'bad.example/x:1' }, settings)
  expect(good.outcome).toMatchObject({ result: 'succeeded' })
  using bad = await conducted(wanting('bad.example/x:1'), { image: 'good.example/x:1' }, settings)
  expect(bad.outcome).toMatchObject({
    failure: { code: 'IMAGE_REFUSED', message: expect.stringContaining('bad.example') as string },
  })
  expect(bad.asked).toEqual([])
})

it('fetches the version that the source wants', async () => {
  const tool = { name: 'opentofu', version: '1.9.0' } as const
  using run = await conducted('stacks: {a-stack: {opentofu_version: 1.10.5}}', { tool })
  expect(run.world.fetched).toEqual(['opentofu 1.9.0', 'opentofu 1.10.5'])
  expect(run.text).toContain('OpenTofu 1.10.5 download is GO')
  expect(run.created[0]?.mounts).toContainEqual(expect.objectContaining({ source: '/binaries/opentofu/1.10.5' }))
})

it('ignores the file if the stack has the label for that', async () => {
  const stack = { id: 'a-stack', name: 'a stack', labels: ['feature:ignore_runtime_config'], space: 'root' }
  using run = await conducted('not: [yaml', { stack })
  expect(run.outcome).toMatchObject({ result: 'succeeded' })
  expect(run.text).toContain('.spacelift/config.yml is ignored, because the stack has the label')
})

it('fails the run for what is wrong in the file, before anything is started', async () => {
  using run = await conducted('version: 2\nstack_defaults:\n  before_init: {a: b}\n')
  const message =
    '.spacelift/config.yml: line 3: stack_defaults.before_init: expected a list of commands, got keys and values'
  expect(run.outcome).toMatchObject({ failure: { code: 'RUNTIME_CONFIG_INVALID', fault: 'run', message } })
  expect(run.created).toEqual([])
  expect(run.text).toContain(message)
})

it('does not pass over a file that is too large to be one', async () => {
  using run = await conducted(`#${' '.repeat(1024 * 1024)}`)
  expect(run.outcome).toMatchObject({ failure: { code: 'RUNTIME_CONFIG_INVALID' } })
  expect(run.created).toEqual([])
})

it('tells of keys that are not known', async () => {
  using run = await conducted('stack_defaults: {runner_imag: x}')
  expect(run.text).toContain('stack_defaults.runner_imag is not known here, did you mean runner_image?')
})
