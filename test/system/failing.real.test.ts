import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { create } from 'tar'
import { afterAll, expect, inject, it } from 'vitest'
import { callEngine } from '../../quickstart/engine/engine-api.ts'
import { startRegistry } from '../contract/registry.ts'
import { World, type RunShown } from '../support/world.ts'
import { People } from '../support/people.ts'
import { containersOf, engine, killContainer } from './containers.ts'
import { makeGate, type Gate } from './gate.ts'
import { applyStack, logOf, says, startRun, startTask } from './runs.ts'
import { sharedWorld } from './shared-world.ts'

/*
 * What goes wrong in a run, and what its user reads of it: the note in the run's history, and the log.
 */
const tofu = 'tool: { name: opentofu, version: 1.12.6 }'

/** The containers' way to the state, so that it can be cut. */
const gates: Gate[] = []
afterAll(() => Promise.all(gates.map((gate) => gate[Symbol.asyncDispose]())))

const shared = sharedWorld(async () => {
  const gate = await makeGate()
  gates.push(gate)
  return { launchers: 2, serve: ['--state-endpoint', `https://host.docker.internal:${gate.port}`] }
})

/** A world whose state is behind the gate. */
async function gated() {
  const { world, people } = await shared()
  const [gate] = gates
  if (!gate) throw new Error('no gate')
  gate.to(world.ports[0] ?? 0)
  gate.open()
  return { world, people, gate }
}

const noteOf = ({ history }: RunShown) => history.at(-1)?.note
const reached = ({ history }: RunShown) => history.map(({ state }) => state)

it('a plan that fails says what the tool said, and ends the command line with 1', async () => {
  const { world } = await gated()
  const stack = await world.stack({
    'stack.yaml': `name: bad\n${tofu}`,
    'main.tf': 'output "x" { value = var.nobody }',
  })
  const { code, stdout, stderr } = await world.command(['run', 'trigger', stack, '--follow'])
  expect(stdout).toContain('Reference to undeclared input variable')
  expect(stdout).toContain('Unexpected exit code when planning changes: 1')
  expect(stderr).toMatch(/ended as FAILED: COMMAND_FAILED: Unexpected exit code when planning changes: 1\.?\n/)
  expect(code).toBe(1)
})

it('a hook that fails ends the phase, names itself, and after_run is still run', async () => {
  const { world, people } = await gated()
  const hooks = `hooks: { before_plan: ["echo one", "(exit 42)", "echo three"], after_run: ["echo final $TF_VAR_spacelift_final_run_state"] }`
  const workflow = { path: 'source/.spacelift/workflow.yml', content: 'plan: echo planned' }
  const stack = await applyStack(people, `name: hooked\ntool: custom\n${hooks}\nfiles: [${JSON.stringify(workflow)}]`)
  const run = await startRun(people, stack)
  const failed = await world.reaches(run, ['FAILED'])
  expect(noteOf(failed)).toBe('COMMAND_FAILED: Unexpected exit code when running the before_plan hooks: 42')
  const log = await logOf(people, run, 'PLANNING')
  expect(log).toMatch(/\none\n[^]*Unexpected exit code when running the before_plan hooks: 42\nfinal FAILED\n/)
  expect(log).not.toMatch(/three|planned/)
})

it("a task's exit code is in the note", async () => {
  const { world, people } = await gated()
  const stack = await applyStack(people, 'name: tasks\ntool: custom')
  const run = await startTask(people, stack, 'echo "Größe: 3"; exit 137')
  expect(noteOf(await world.reaches(run, ['FAILED']))).toBe(
    'COMMAND_FAILED: Unexpected exit code when performing the task: 137',
  )
  expect(await containersOf(run)).toEqual([])
})

/** Makes an image of a tar. */
async function importImage(name: string, tar: Readable): Promise<void> {
  const path = `/images/create?fromSrc=-&repo=${name.replace(':', '&tag=')}`
  const signal = AbortSignal.timeout(30_000)
  const answer = await callEngine(inject('engine').socket, { method: 'POST', path, body: tar, signal })
  for await (const _ of answer) continue
}

it('an image without a shell is called unusable', async () => {
  const { world, people } = await gated()
  const name = 'spacelift-worker/without-sh:1'
  await importImage(name, Readable.from([Buffer.alloc(1024)]))
  try {
    const stack = await applyStack(people, `name: shell-less\ntool: custom\nimage: ${name}`)
    const failed = await world.reaches(await startTask(people, stack, 'true'), ['FAILED'])
    expect(noteOf(failed)).toMatch(/^IMAGE_UNUSABLE: .*\/bin\/sh/)
    expect(reached(failed)).not.toContain('PERFORMING')
  } finally {
    await engine('DELETE', `/images/${name}?force=1`)
  }
})

it('an image that is made for another machine is called unusable, and says so', async () => {
  const { world, people } = await gated()
  const name = 'spacelift-worker/of-another-machine:1'
  await importImage(name, await foreignRoot())
  try {
    const stack = await applyStack(people, `name: foreign\ntool: custom\nimage: ${name}`)
    const failed = await world.reaches(await startTask(people, stack, 'true'), ['FAILED'])
    expect(noteOf(failed)).toMatch(/^IMAGE_UNUSABLE: .*\/bin\/sh did not run .*another machine/)
    expect(reached(failed)).not.toContain('PERFORMING')
    expect(await logOf(people, failed.id)).toMatch(/exec format error/i)
  } finally {
    await engine('DELETE', `/images/${name}?force=1`)
  }
})

/** The tar of an image whose shell is an executable of a machine that no test runs on. */
async function foreignRoot(): Promise<Readable> {
  const folder = await mkdtemp(join(tmpdir(), 'foreign-'))
  try {
    await mkdir(join(folder, 'bin'))
    const head = Buffer.from('7f454c4602020100000000000000000000020016000000010000000000000040', 'hex')
    await writeFile(join(folder, 'bin/sh'), Buffer.concat([head, Buffer.alloc(4096)]), { mode: 0o755 })
    return Readable.from([await buffer(create({ cwd: folder }, ['bin']) as unknown as Readable)])
  } finally {
    await rm(folder, { recursive: true })
  }
}

it('an image that does not exist is named', async () => {
  const { world, people } = await gated()
  await using registry = await startRegistry()
  const image = `${registry.host}/missing/image:1`
  const stack = await applyStack(people, `name: imageless\ntool: custom\nimage: ${image}`)
  const run = await startTask(people, stack, 'true')
  const note = noteOf(await world.reaches(run, ['FAILED']))
  expect(note).toMatch(/^IMAGE_NOT_FOUND: /)
  expect(note).toContain(image)
  expect(await logOf(people, run)).toContain(`Pulling Docker image ${image}...\n`)
})

/** A stack whose apply runs a command in the middle, while its state is locked. */
function building(name: string, command: string): Readonly<Record<string, string>> {
  return {
    'stack.yaml': `name: ${name}\n${tofu}\nautodeploy: true\nhooks: { before_init: ["export TF_HTTP_RETRY_MAX=0"] }`,
    'main.tf': `
resource "terraform_data" "first" { input = "made by ${name}" }
resource "terraform_data" "second" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" { command = ${JSON.stringify(command)} }
}`,
  }
}

it('a state that the tool cannot save is rescued by the launcher, and the next run goes on from it', async () => {
  const { world, people, gate } = await gated()
  const stack = await world.stack(building('cut', `wget -q -O- http://host.docker.internal:${gate.bell}/`))
  const run = await startRun(people, stack)
  const failed = await world.reaches(run, ['FAILED'])
  expect(noteOf(failed)).toContain('Unexpected exit code when applying changes: 1')
  const log = await logOf(people, run, 'APPLYING')
  expect(log).toContain('Failed to save state')
  expect(log).toContain('The tool could not deliver the state; the launcher has')
  gate.open()
  const versions = await world.cli<object[]>(['stack', 'state', 'list', stack])
  expect(versions[0]).toMatchObject({ run, rescued: true })
  const state = (await world.command(['stack', 'state', 'pull', stack])).stdout
  expect(state).toContain('made by cut')

  const next = await startRun(people, stack)
  const finished = await world.reaches(next, ['FINISHED'])
  expect(noteOf(finished)).toBe('no changes')
})

it('a container that is killed while it applies leaves the lock, with its name on it, until somebody removes it', async () => {
  const { world, people } = await gated()
  const stack = await world.stack(building('killed', '[ -e /mnt/workspace/calm ] || { echo building; sleep 600; }'))
  const run = await startRun(people, stack)
  await says(people, run, 'building')
  await killContainer(run)
  const note = noteOf(await world.reaches(run, ['FAILED'])) ?? ''
  expect(note).toMatch(
    /^CONTAINER_LOST: The container was killed during APPLYING, neither by this launcher nor for want of memory: somebody did so through the Docker API/,
  )
  expect(note, 'that the state is locked').toMatch(/lock/)
  expect(await containersOf(run)).toEqual([])

  const next = await startRun(people, stack)
  await world.reaches(next, ['FAILED'])
  const log = await logOf(people, next, 'PLANNING')
  expect(log).toContain('Error acquiring the state lock')
  expect(log, 'the holder').toContain(`(run ${run})`)

  expect(await world.cli(['stack', 'state', 'unlock', stack])).toMatchObject({ run })
  await world.stack({
    ...building('killed', 'echo calm'),
  })
  await world.reaches(await startRun(people, stack), ['FINISHED'])
})

it('a run that takes too long, and one that says nothing for too long, are ended', async () => {
  const launcherEnv = { SPACELIFT_LAUNCHER_RUN_TIMEOUT: '10s', SPACELIFT_LAUNCHER_LOGS_TIMEOUT: '4s' }
  await using world = await World.start({ launchers: 2, launcherEnv })
  await using people = await People.of(world.profile)
  const [talking, silent] = await Promise.all(
    ['talking', 'silent'].map((name) => applyStack(people, `name: ${name}\ntool: custom`)),
  )
  const runs = await Promise.all([
    startTask(people, talking ?? '', 'while :; do echo tick; sleep 0.2; done'),
    startTask(people, silent ?? '', 'echo begin; sleep 600'),
  ])
  const [long, mute] = await Promise.all(runs.map((run) => world.reaches(run, ['FAILED'])))
  expect(long && noteOf(long)).toBe('RUN_TIMEOUT: The run took longer than the run timeout allows.')
  expect(mute && noteOf(mute)).toBe('LOGS_TIMEOUT: The run was silent for longer than the logs timeout allows.')
  expect(await logOf(people, runs[0])).toMatch(/tick\n[^]*The run took longer than the run timeout allows\.\n/)
  expect(await logOf(people, runs[1])).toMatch(
    /begin\n[^]*The run was silent for longer than the logs timeout allows\.\n/,
  )
})
