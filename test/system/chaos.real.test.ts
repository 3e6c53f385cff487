import { readdir } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, inject, it } from 'vitest'
import { People } from '../support/people.ts'
import type { TestProgram } from '../support/test-program.ts'
import { World } from '../support/world.ts'
import { startRun } from './runs.ts'

/*
 * Random kills (-9) of launchers and of the mothership while runs go on: tasks, and plans that are confirmed and applied from a sealed
 * workspace. CHAOS_RUNS and CHAOS_SEED make it longer, or the same again.
 */
const runs = Number(process.env['CHAOS_RUNS'] ?? 24)
const seed = Number(process.env['CHAOS_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const stacks = 6
const over = new Set(['FINISHED', 'FAILED', 'STOPPED', 'CANCELED', 'DISCARDED'])

/** Mulberry32: small, and the same everywhere. */
function randomFrom(state: number): () => number {
  let at = state
  return () => {
    at = (at + 0x6d2b79f5) | 0
    let mixed = Math.imul(at ^ (at >>> 15), 1 | at)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** Tells of every container of ours that the daemon starts: the run and the job of its labels. */
function containerStarts(socket: string): { starts: { run: string; job: string }[]; stop: () => void } {
  const starts: { run: string; job: string }[] = []
  const filters = encodeURIComponent(
    JSON.stringify({ type: ['container'], event: ['start'], label: ['io.spacelift-worker.managed=true'] }),
  )
  const call = httpRequest({ socketPath: socket, path: `/events?filters=${filters}` }, (answer) => {
    answer.on('error', () => undefined)
    const lines = createInterface({ input: answer }).on('error', () => undefined)
    lines.on('line', (line) => {
      const { Actor } = JSON.parse(line) as { Actor: { Attributes: Record<string, string> } }
      const { 'io.spacelift-worker.run': run = '', 'io.spacelift-worker.job': job = '' } = Actor.Attributes
      starts.push({ run, job })
    })
  })
  call.on('error', () => undefined).end()
  return { starts, stop: () => call.destroy() }
}

async function patiently<T>(what: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await what()
    } catch (error) {
      if (tries > 200) throw error
      await sleep(100)
    }
  }
}

interface Shown {
  readonly id: string
  readonly type: string
  readonly state: string
  readonly history: readonly { readonly state: string; readonly note: string | null }[]
}

it('loses no run, runs none twice and leaves nothing, whoever is killed', { timeout: 3_600_000 }, async () => {
  await using world = await World.start({ launchers: 4, serve: ['--heartbeat-seconds', '1', '--lease-seconds', '6'] })
  await using people = await People.of(world.profile)
  const random = randomFrom(seed)
  const watched = containerStarts(inject('engine').socket)
  process.stdout.write(`chaos: ${runs} runs, CHAOS_SEED=${seed}\n`)
  const triggered = await triggerAll(world, people, random)

  const shown = new Map<string, Shown>()
  const killing = new AbortController()
  const killed = kill(world, random, killing.signal)
  while (shown.size < triggered.length) {
    await sleep(500)
    // Stacks do their runs in the order in which they were triggered: what goes on is among the oldest.
    for (const id of triggered.filter((each) => !shown.has(each)).slice(0, 3 * stacks)) {
      const run = await patiently(() => look(people, id))
      if (over.has(run.state)) shown.set(id, run)
      if (run.state === 'UNCONFIRMED') await patiently(() => confirm(people, id))
    }
  }
  killing.abort()
  const kills = await killed
  const states = [...shown.values()].map(({ state }) => state)
  const count = (state: string) => states.filter((each) => each === state).length
  process.stdout.write(`chaos: ${kills} kills; ${count('FINISHED')} finished, ${count('FAILED')} failed\n`)

  const notes = Map.groupBy(
    [...shown.values()],
    ({ state, history }) => `${state}: ${history[0]?.note?.replaceAll(/[0-9A-Z]{26}|\d+/g, '…')}`,
  )
  for (const [note, of] of notes) process.stdout.write(`chaos: ${of.length} x ${note}\n`)
  expect(count('FINISHED')).toBeGreaterThan(0)

  for (const run of shown.values()) expectSound(run, watched.starts.filter((start) => start.run === run.id).length)
  await leftNothing(world)
  watched.stop()
})

/** A run is over for a reason, and each of its stretches had one container at most. */
function expectSound(run: Shown, started: number): void {
  const told = JSON.stringify(run)
  expect(['FINISHED', 'FAILED'], told).toContain(run.state)
  const stretches = run.history.filter(({ state }) => /^(PERFORMING|PLANNING|APPLYING)$/.test(state)).length
  const wanted = run.type === 'TRACKED' ? 2 : 1
  // A launcher may have died between the start of a container and its report.
  expect(started, `containers of ${told}`).toBeLessThanOrEqual(Math.min(wanted, stretches + 1))
  if (run.state === 'FINISHED') expect(started, told).toBe(wanted)
  else expect(run.history[0]?.note, told).toBeTruthy()
  // Whoever comes back goes on with it: a run is lost only with a launcher that stays away for longer than its lease.
  expect(run.history[0]?.note ?? '', told).not.toMatch(/LAUNCHER_RESTARTED|CONTAINER_LOST/)
}

/** Makes the stacks and triggers all runs; answers their ids, oldest first. */
async function triggerAll(world: World, people: People, random: () => number): Promise<string[]> {
  const names: string[] = []
  for (let number = 1; number <= stacks; number += 1) {
    const workflow = 'plan: head -c 300000 /dev/urandom > planned; sleep 0.3\napply: test -s planned; sleep 0.3\n'
    const yaml = `name: chaos ${number}\ntool: custom\n`
    names.push(await world.stack({ 'stack.yaml': yaml, '.spacelift/workflow.yml': workflow }))
  }
  const triggered: string[] = []
  for (let number = 0; number < runs; number += 1) {
    const stack = names[number % stacks] ?? ''
    if (random() < 0.3) {
      triggered.push(await startRun(people, stack))
      continue
    }
    const command = `echo begin; sleep ${(random() * 2).toFixed(2)}; echo end`
    const query =
      'mutation($stack:ID!$command:String!){taskCreate(stack: $stack, command: $command, skipInitialization: true){id}}'
    const { taskCreate } = await people.ask<{ taskCreate: { id: string } }>(query, { stack, command })
    triggered.push(taskCreate.id)
  }
  return triggered
}

async function look(people: People, id: string): Promise<Shown> {
  const query = 'query($id:ID!){runStack(runId: $id){run(id: $id){id type state history{state note}}}}'
  return (await people.ask<{ runStack: { run: Shown } }>(query, { id })).runStack.run
}

/** An answer that was lost leaves a run that is confirmed already: that refuses, and is as good. */
async function confirm(people: People, id: string): Promise<void> {
  const query = 'query($id:ID!){runStack(runId: $id){id}}'
  const { runStack } = await people.ask<{ runStack: { id: string } }>(query, { id })
  const confirming = people.ask('mutation($stack:ID!$id:ID!){runConfirm(stack: $stack, run: $id){id}}', {
    stack: runStack.id,
    id,
  })
  await confirming.catch((error: unknown) => {
    if (!String(error).includes('UNCONFIRMED')) throw error
  })
}

/** Kills and starts again until told to stop; answers how often. In the end everybody is up. */
async function kill(world: World, random: () => number, signal: AbortSignal): Promise<number> {
  let kills = 0
  const restarts: Promise<void>[] = []
  const down = new Set<TestProgram>()
  while (!signal.aborted) {
    await sleep(500 + random() * 3000)
    const victim = random() < 0.15 ? world.mothership : world.launchers[Math.floor(random() * world.launchers.length)]
    if (!victim || down.has(victim)) continue
    down.add(victim)
    await victim.kill()
    kills += 1
    const back = random() < 0.2 ? 8000 : random() * 1500
    restarts.push(
      sleep(back)
        .then(() => victim.start())
        // Whoever is not ready in time, because somebody else is down, may be so later.
        .catch(
          (error: unknown) => void process.stdout.write(`chaos: ${victim.name} did not come back: ${String(error)}\n`),
        )
        .finally(() => down.delete(victim)),
    )
  }
  await Promise.all(restarts)
  for (const program of [world.mothership, ...world.launchers]) if (await program.ends(0)) await program.start()
  return kills
}

async function leftNothing(world: World): Promise<void> {
  const filters = encodeURIComponent(JSON.stringify({ label: ['io.spacelift-worker.managed=true'] }))
  for (const launcher of world.launchers) {
    const open = await readdir(`/proc/${launcher.pid}/fd`)
    expect(open.length, `descriptors of ${launcher.name}`).toBeLessThan(80)
    launcher.signal('SIGTERM')
    expect(await launcher.ends(), `${launcher.name} ends when it is told to`).toBe(true)
    for (const folder of ['jobs', 'journal']) {
      const left = await readdir(join(world.directory, launcher.name, folder)).catch(() => [])
      expect(left, `${launcher.name}/${folder}`).toEqual([])
    }
  }
  const containers = await new Promise<string>((resolve, reject) => {
    httpRequest(
      { socketPath: inject('engine').socket, path: `/containers/json?all=1&filters=${filters}` },
      (answer) => {
        answer.setEncoding('utf8')
        let text = ''
        answer.on('data', (piece: string) => (text += piece)).on('end', () => resolve(text))
      },
    )
      .on('error', reject)
      .end()
  })
  // A test that was killed may have left some of its own on this engine.
  const ours = (JSON.parse(containers) as { Mounts: { Source: string }[] }[]).filter(({ Mounts }) =>
    Mounts.some(({ Source }) => Source.startsWith(`${world.directory}/`)),
  )
  expect(ours).toEqual([])
}
