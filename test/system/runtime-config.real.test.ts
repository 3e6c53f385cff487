import { expect, it } from 'vitest'
import { logOf } from './runs.ts'
import { sharedWorld } from './shared-world.ts'

/*
 * A source says itself how it is run, by `.spacelift/config.yml`.
 */
const shared = sharedWorld({})

const config = `version: "2"
stack_defaults:
  before_plan: [echo default plan]
  environment: {REGION: default, ADDRESS: 'https://\${REGION}.example'}
  nonsense: 1
stacks:
  wanting:
    project_root: infra
    environment: {REGION: eu-west-1, TOKEN_HINT: 'of \${TOKEN}'}
    before_plan: ['echo "stack plan in $PWD"']
    before_apply: ['echo "before apply: $REGION $TF_VAR_spacelift_project_root"']
`

const files = (name: string, more = '') => ({
  'stack.yaml': `name: ${name}\ntool: custom\nenvironment: {REGION: own, TOKEN: {secret: token-of-the-stack}}\n${more}`,
  '.spacelift/config.yml': config,
  '.spacelift/workflow.yml': 'plan: echo "planned $REGION, $TOKEN_HINT"\napply: echo "applied $REGION"\n',
  'infra/here': '',
})

it('a plan and its apply run as the source wants', async () => {
  const { world, people } = await shared()
  const id = await world.stack(files('wanting'))
  const run = await world.trigger(id)
  await world.reaches(run, ['UNCONFIRMED'])
  await world.cli(['run', 'confirm', run])
  await world.reaches(run, ['FINISHED'])
  const log = await logOf(people, run)
  expect(log).toContain('is taken: stack_defaults, stacks.wanting')
  expect(log).toContain('line 5: stack_defaults.nonsense is not known here, it is passed over')
  expect(log).toContain('\nstack plan in /mnt/workspace/source/infra\n')
  expect(log).toContain('\nplanned eu-west-1, of *****\n')
  expect(log).toContain('\nbefore apply: eu-west-1 infra\n')
  expect(log).toContain('\napplied eu-west-1\n')
  expect(log).not.toContain('default plan')
})

it('a stack that is not named has the defaults, and one with the label its own settings', async () => {
  const { world, people } = await shared()
  const logs = await Promise.all(
    [files('other'), files('ignoring', 'labels: ["feature:ignore_runtime_config"]\n')].map(async (stack) => {
      const run = await world.trigger(await world.stack(stack))
      await world.reaches(run, ['UNCONFIRMED'])
      return logOf(people, run)
    }),
  )
  expect(logs[0]).toContain('\ndefault plan\n')
  expect(logs[0]).toContain('\nplanned default, \n')
  expect(logs[1]).toContain('\nplanned own, \n')
})

it('a file that cannot be used fails the run by its line', async () => {
  const { world } = await shared()
  const id = await world.stack({ ...files('broken'), '.spacelift/config.yml': 'version: 2\nstacks:\n  broken: [x]\n' })
  const { history } = await world.reaches(await world.trigger(id), ['FAILED'])
  expect(history.at(-1)?.note).toBe(
    'RUNTIME_CONFIG_INVALID: .spacelift/config.yml: line 3: stacks.broken: expected keys and values, got a list',
  )
})
