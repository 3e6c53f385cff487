import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, inject, it } from 'vitest'
import '../../support/provided.ts'
import { person, serveStates, stateWorld, type StateWorld } from './world.ts'

const configuration = `
terraform {
  backend "http" {}
}
variable "value" { type = string }
resource "terraform_data" "it" { input = var.value }
output "value" { value = terraform_data.it.output }
`

/** A directory with a configuration, and the tool in it as a run of stack `net`. */
async function project(world: StateWorld, address: string, run: string) {
  const directory = await mkdtemp(join(tmpdir(), 'tofu-'))
  await writeFile(join(directory, 'main.tf'), configuration)
  await writeFile(join(directory, 'empty.tfrc'), '')
  const state = `${address}/state/net`
  const env = {
    TF_HTTP_ADDRESS: state,
    TF_HTTP_LOCK_ADDRESS: state,
    TF_HTTP_LOCK_METHOD: 'LOCK',
    TF_HTTP_UNLOCK_ADDRESS: state,
    TF_HTTP_UNLOCK_METHOD: 'UNLOCK',
    TF_HTTP_USERNAME: run,
    TF_HTTP_PASSWORD: world.tokens.issue('net', run),
    TF_HTTP_RETRY_MAX: '0',
    TF_IN_AUTOMATION: '1',
    TF_CLI_CONFIG_FILE: join(directory, 'empty.tfrc'),
  }
  const tofu = (...args: string[]) => execa(inject('tofu'), args, { cwd: directory, env, reject: false, all: true })
  return { directory, tofu, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) }
}

const apply = (value: string) => ['apply', '-auto-approve', '-no-color', '-input=false', `-var=value=${value}`] as const

it('keeps the state of a real tofu, from the first apply to the destroy', async () => {
  await using world = await stateWorld()
  await using server = await serveStates(world)
  await using run = await project(world, server.address, 'run1')
  for (const args of [['init', '-no-color'], apply('one'), apply('two')]) {
    const result = await run.tofu(...args)
    expect(result.exitCode, result.all).toBe(0)
  }
  expect((await run.tofu('output', '-raw', 'value')).stdout).toBe('two')
  expect((await run.tofu('destroy', '-auto-approve', '-no-color', '-var=value=x')).exitCode).toBe(0)
  const versions = await world.files.versions('net')
  expect(versions.length).toBeGreaterThanOrEqual(3)
  expect(versions.every((version) => version.run === 'run1' && version.lineage === versions[0]?.lineage)).toBe(true)
  expect(await world.files.lock('net')).toBeNull()
})

it('shows a real tofu who holds the state, and unlocks by force with the id of the lock', async () => {
  await using world = await stateWorld()
  await using server = await serveStates(world)
  await using run = await project(world, server.address, 'run2')
  expect((await run.tofu('init', '-no-color')).exitCode).toBe(0)
  const json = {
    ID: 'b7c1a2de-0000-4000-8000-000000000001',
    Operation: 'OperationTypeApply',
    Who: 'root@elsewhere',
    Info: '',
  }
  await world.backend.lock('net', { id: json.ID, who: json.Who, operation: json.Operation, json }, 'run1')
  const refused = await run.tofu(...apply('one'))
  expect(refused.exitCode).toBe(1)
  expect(refused.all).toContain('root@elsewhere')
  expect(refused.all).toContain('(run run1)')
  expect((await run.tofu('force-unlock', '-force', json.ID)).exitCode).toBe(0)
  expect((await run.tofu(...apply('one'))).exitCode).toBe(0)
})

it('gets a state back that a real tofu could not save', async () => {
  await using world = await stateWorld()
  const broken = { method: '' }
  await using server = await serveStates(world, (method) => (method === broken.method ? 503 : null))
  await using run = await project(world, server.address, 'run1')
  for (const args of [['init', '-no-color'], apply('before')]) expect((await run.tofu(...args)).exitCode).toBe(0)

  broken.method = 'POST'
  const died = await run.tofu(...apply('after'))
  expect(died.exitCode).toBe(1)
  expect(died.all).toContain('errored.tfstate')
  world.over.add('run1')
  broken.method = ''
  const left = await readFile(join(run.directory, 'errored.tfstate'), 'utf8')
  expect(await world.rescue('net', 'run1', left)).toMatchObject({ became: 'newest' })
  expect(await world.files.lock('net')).toBeNull()

  await using next = await project(world, server.address, 'run2')
  expect((await next.tofu('init', '-no-color')).exitCode).toBe(0)
  expect((await next.tofu('output', '-raw', 'value')).stdout).toBe('after')
  const plan = await next.tofu('plan', '-no-color', '-detailed-exitcode', '-var=value=after')
  expect(plan.exitCode, plan.all).toBe(0)
})

it('keeps the lock of a run that was killed, with its name, until a person removes it', async () => {
  await using world = await stateWorld()
  const broken = { method: 'UNLOCK' }
  await using server = await serveStates(world, (method) => (method === broken.method ? 503 : null))
  await using run = await project(world, server.address, 'run1')
  expect((await run.tofu('init', '-no-color')).exitCode).toBe(0)
  await run.tofu(...apply('one'))
  world.over.add('run1')
  broken.method = ''
  expect(await world.files.lock('net')).toMatchObject({ run: 'run1', operation: 'OperationTypeApply' })
  await using next = await project(world, server.address, 'run2')
  expect((await next.tofu('init', '-no-color')).exitCode).toBe(0)
  expect((await next.tofu(...apply('two'))).all).toContain('(run run1)')
  await world.files.unlock('net', person)
  expect((await next.tofu(...apply('two'))).exitCode).toBe(0)
})
