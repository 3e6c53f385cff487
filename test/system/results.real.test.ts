import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { logOf } from './runs.ts'
import { sharedWorld } from './shared-world.ts'

/*
 * What a run finds and makes reaches people: what the plan does, what hooks left for plan policies, and the outputs.
 */
const allowed = sharedWorld({ launcherEnv: { SPACELIFT_SENSITIVE_OUTPUT_UPLOAD_ENABLED: 'true' } })
const refused = sharedWorld({})

const tofu = 'tool: { name: opentofu, version: 1.12.6 }'
const password = 'geheim-und-lang-genug-4711'

const house = (count: number) => `
resource "terraform_data" "room" {
  count = ${count}
  input = "room \${count.index}"
}
output "rooms" { value = terraform_data.room[*].output }
output "name" { value = "Haus \\"am See\\"" }
output "password" {
  value     = "${password}"
  sensitive = true
}
`

interface Change {
  readonly action: string
  readonly address: string
}

interface Output {
  readonly id: string
  readonly value: string | null
}

/** Every file below a directory that holds a text. */
async function filesWith(directory: string, text: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const held = await Promise.all(files.map(async (file) => ((await readFile(file)).includes(text) ? [file] : [])))
  return held.flat()
}

it("a plan's changes are told before anybody confirms, and the outputs after the apply", async () => {
  const { world, people } = await allowed()
  const hooks = `
hooks:
  after_plan: ['echo "{\\"total\\": 12}" > cost.custom.spacelift.json', 'echo nonsense > odd.custom.spacelift.json']
  before_apply: ['ls -A /mnt/workspace']
  after_run: ['echo "revealed <$(tofu output -raw password)> and <$(tofu output -json rooms)>"']
`
  const id = await world.stack({
    'stack.yaml': `name: house\n${tofu}\nproject_root: infra${hooks}`,
    'infra/main.tf': house(2),
  })
  const run = await world.trigger(id)
  await world.reaches(run, ['UNCONFIRMED'])
  const [shown] = await world.cli<{ delta: object }[]>(['run', 'list', id])
  expect(shown?.delta).toEqual({ addCount: 2, changeCount: 0, deleteCount: 0 })
  expect(await world.cli<Change[]>(['run', 'changes', run])).toMatchObject([
    { action: 'ADD', address: 'terraform_data.room[0]' },
    { action: 'ADD', address: 'terraform_data.room[1]' },
  ])
  expect((await world.command(['run', 'inputs', run, 'cost'])).stdout).toBe('{"total": 12}\n')
  expect(await world.cli<Output[]>(['stack', 'outputs', id])).toEqual([])
  const planned = await logOf(people, run, 'PLANNING')
  expect(planned).toMatch(
    /Changes are GO\n\[\w+\] Generating JSON representation of the plan\.\.\.\n\[\w+\] odd\.custom\.spacelift\.json is not kept: it is not JSON\n\[\w+\] Uploading the list of managed resources\.\.\.\n\[\w+\] Changes of the plan: \+2 ~0 -0\n\[\w+\] Encrypting workspace\.\.\./,
  )

  await world.cli(['run', 'confirm', run])
  await world.reaches(run, ['FINISHED'])
  const applied = await logOf(people, run, 'APPLYING')
  expect(applied, 'nothing of it goes on with the workspace').not.toMatch(/spacelift-(plan|project|outputs)/)
  expect(await world.cli<Output[]>(['stack', 'outputs', id])).toMatchObject([
    { id: 'name', value: 'Haus "am See"' },
    { id: 'password', value: null },
    { id: 'rooms', value: '["room 0","room 1"]' },
  ])
  expect((await world.command(['stack', 'outputs', id, 'password', '--sensitive'])).stdout).toBe(`${password}\n`)
  expect(applied).toContain('revealed <*****> and <["room 0","room 1"]>\n')
  expect(applied).not.toContain(password)
  const state = /state/
  const leaks = (await filesWith(world.directory, password)).filter(
    (file) => !file.includes('stack-') && !state.test(file),
  )
  expect(leaks, 'at rest it is sealed').toEqual([])
})

it('a plan without changes says so, and a destroyed stack has no outputs', async () => {
  const { world, people } = await allowed()
  const id = await world.stack({ 'stack.yaml': `name: hut\n${tofu}\nautodeploy: true`, 'main.tf': house(1) })
  const built = await world.trigger(id)
  await world.reaches(built, ['FINISHED'])
  expect(await world.cli<Output[]>(['stack', 'outputs', id])).toHaveLength(3)
  const same = await world.trigger(id)
  await world.reaches(same, ['FINISHED'])
  expect(await logOf(people, same)).toContain('Changes of the plan: +0 ~0 -0')
  await world.cli(['run', 'trigger', id, '--type', 'destroy', '--wait', '--confirm'])
  expect(await world.cli<Output[]>(['stack', 'outputs', id])).toEqual([])
})

it('sensitive outputs stay on a worker that does not allow to upload them, and where the stack does not', async () => {
  const { world, people } = await refused()
  const id = await world.stack({ 'stack.yaml': `name: hut\n${tofu}\nautodeploy: true`, 'main.tf': house(1) })
  const run = await world.trigger(id)
  await world.reaches(run, ['FINISHED'])
  expect(await logOf(people, run)).toContain(
    '1 sensitive output is kept back: this worker does not upload any (SPACELIFT_SENSITIVE_OUTPUT_UPLOAD_ENABLED)',
  )
  expect(await world.cli<Output[]>(['stack', 'outputs', id, '--sensitive'])).toMatchObject([
    { id: 'name' },
    { id: 'password', value: null },
    { id: 'rooms', value: '["room 0"]' },
  ])
})

it('a tool of its own tells plan and outputs by the commands of its workflow', async () => {
  const { world } = await refused()
  const plan = '{"resource_changes":[{"address":"x.y","type":"x","mode":"managed","change":{"actions":["update"]}}]}'
  const workflow = {
    plan: `echo '${plan}' > {{ .PlanFileName }}`,
    showPlan: 'cat {{ .PlanFileName }}',
    getOutputs: `echo '{"a":{"sensitive":false,"value":[1]}}'`,
  }
  const id = await world.stack({
    'stack.yaml': 'name: own\ntool: custom\nautodeploy: true',
    '.spacelift/workflow.yml': JSON.stringify(workflow),
  })
  const run = await world.trigger(id)
  await world.reaches(run, ['FINISHED'])
  expect(await world.cli<Change[]>(['run', 'changes', run])).toMatchObject([{ action: 'CHANGE', address: 'x.y' }])
  expect(await world.cli<Output[]>(['stack', 'outputs', id])).toMatchObject([{ id: 'a', value: '[1]' }])
})

it('results that are rubbish, or links to what is not theirs, harm no run', async () => {
  const { world } = await refused()
  const workflow = {
    plan: 'ln -s /etc/passwd evil.custom.spacelift.json; mkdir dir.custom.spacelift.json',
    showPlan: 'echo not JSON; exit 7',
    apply:
      'rm -f ../.spacelift-plan.json ../.spacelift-project; ln -s /etc/passwd ../.spacelift-plan.json; mkfifo ../.spacelift-project',
    getOutputs: 'echo [1,2',
  }
  const id = await world.stack({
    'stack.yaml': 'name: rubbish\ntool: custom\nautodeploy: true',
    '.spacelift/workflow.yml': JSON.stringify(workflow),
  })
  const run = await world.trigger(id)
  await world.reaches(run, ['FINISHED'])
  expect(await world.cli<Change[]>(['run', 'changes', run])).toEqual([])
  expect(await world.cli<Output[]>(['stack', 'outputs', id])).toEqual([])
})
