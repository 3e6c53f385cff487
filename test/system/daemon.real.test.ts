import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { MortalEngine } from '../support/mortal-engine.ts'
import { People } from '../support/people.ts'
import type { TestProgram } from '../support/test-program.ts'
import { World, type RunShown } from '../support/world.ts'
import { until } from '../fakes/until.ts'
import { between, holds, rawLog, sha256, toldSha256, withoutOwnLines } from './logs-on-disk.ts'
import { applyStack, logOf, says, startTask } from './runs.ts'

/*
 * The Docker daemon is killed, hangs, or loses a container in the middle of a run, and the launcher lives.
 */
const serve = ['--heartbeat-seconds', '1', '--lease-seconds', '20']
const noteOf = ({ history }: RunShown) => history.at(-1)?.note

/** A world of one launcher, on an engine of its own. */
async function mortal(liveRestore: boolean) {
  const engine = await MortalEngine.start(liveRestore)
  const world = await World.start({ launchers: 1, serve, launcherEnv: engine.env })
  const people = await People.of(world.profile)
  const stack = await applyStack(people, 'name: mortal\ntool: custom')
  const dispose = async () => {
    await people[Symbol.asyncDispose]()
    await world[Symbol.asyncDispose]()
    await engine[Symbol.asyncDispose]()
  }
  return { engine, world, people, stack, [Symbol.asyncDispose]: dispose }
}

/** How often a launcher said a thing in its own log. */
async function told(launcher: TestProgram | undefined, words: string): Promise<number> {
  return ((await launcher?.output()) ?? '').split(words).length - 1
}

it('goes on with a run whose daemon is killed with live-restore, and loses no line of it', async () => {
  await using at = await mortal(true)
  const { engine, world, people, stack } = at
  const command =
    'echo FIRST; i=0; while [ $i -lt 200 ]; do echo "line $i"; i=$((i+1)); sleep 0.05; done; echo LAST; exit 9'
  const run = await startTask(people, stack, command)
  for (const words of ['line 10\n', 'line 60\n', 'line 61\n']) {
    await says(people, run, words)
    await engine.kill()
    await sleep(300)
    await engine.revive()
  }
  const ended = await world.reaches(run, ['FAILED'])
  expect(noteOf(ended)).toBe('COMMAND_FAILED: Unexpected exit code when performing the task: 9')
  const log = await rawLog(world, run)
  const lines = withoutOwnLines(between(log, 'FIRST', 'LAST'), run)
    .toString()
    .trimEnd()
    .split('\n')
  expect(lines).toEqual(Array.from({ length: 200 }, (_, index) => `line ${index}`))
  expect(log.toString()).toContain('The Docker daemon was restarted; the run goes on')
})

it('goes on with a flood whose daemon is killed, and says no line twice', async () => {
  await using at = await mortal(true)
  const { engine, world, people, stack } = at
  const text = 'is the number of a line that is about as long as those that tools write, which is a hundred bytes'
  const run = await startTask(people, stack, `echo FIRST; seq 1 400000 | sed 's/$/ ${text}/'; echo LAST`)
  await holds(world, run, 6_000_000)
  await engine.kill()
  await engine.revive()
  await world.reaches(run, ['FINISHED'])
  const log = await rawLog(world, run)
  const numbers = withoutOwnLines(between(log, 'FIRST', 'LAST'), run)
    .toString()
    .split('\n')
    .map((line) => Number.parseInt(line, 10))
    .filter((number) => number > 0)
  const doubled = numbers.filter((number, index) => index > 0 && number <= (numbers[index - 1] ?? 0))
  // Where the daemon was cut off, a line may be in two.
  expect(doubled.length).toBeLessThanOrEqual(1)
  expect(numbers.length).toBeGreaterThan(300_000)
})

it('makes the log again after the launcher is killed too, behind what was lost with a daemon', async () => {
  await using at = await mortal(true)
  const { engine, world, people, stack } = at
  const run = await startTask(
    people,
    stack,
    'echo FIRST; printf "half a line"; sleep 4; echo " and the rest"; sleep 4; echo LAST; echo FIRST | sha256sum',
  )
  await says(people, run, 'half a line')
  await engine.kill()
  await engine.revive()
  await says(people, run, 'and the rest')
  await world.launchers[0]?.kill()
  await world.launchers[0]?.start()
  await world.reaches(run, ['FINISHED'])
  const log = (await rawLog(world, run)).toString()
  expect(log.match(/half a line/g)).toHaveLength(1)
  expect(log.match(/and the rest/g)).toHaveLength(1)
  expect(log).toMatch(/goes on with the run\nLAST\n/)
  expect(toldSha256(Buffer.from(log))).toBe(sha256(Buffer.from('FIRST\n')))
})

it('says that the daemon took the container with it where there is no live-restore, and takes the next run', async () => {
  await using at = await mortal(false)
  const { engine, world, people, stack } = at
  const run = await startTask(people, stack, 'echo begun; sleep 60; echo done')
  await says(people, run, 'begun\n')
  await engine.kill()
  await sleep(500)
  await engine.revive()
  const ended = await world.reaches(run, ['FAILED'])
  expect(noteOf(ended)).toMatch(
    /^ENGINE_RESTARTED: The Docker daemon was restarted, and the run's container ended with it/,
  )
  expect(await logOf(people, run)).toContain("the run's container ended with it")
  const next = await startTask(people, stack, 'echo next')
  await world.reaches(next, ['FINISHED'])
})

it('waits for a daemon that hangs, and is not ready meanwhile', async () => {
  await using at = await mortal(true)
  const { engine, world, people, stack } = at
  const run = await startTask(people, stack, 'echo begun; sleep 5; echo middle; sleep 40; echo done')
  await says(people, run, 'begun\n')
  engine.signal('SIGSTOP')
  const [launcher] = world.launchers
  const healthPort = String(launcher?.greeting['healthPort'])
  const ready = async () => (await fetch(`http://127.0.0.1:${healthPort}/readyz`)).status
  await until('that it is not ready', async () => (await ready()) === 503)
  await sleep(30_000)
  engine.signal('SIGCONT')
  await world.reaches(run, ['FINISHED'])
  expect(await logOf(people, run)).toMatch(/begun\nmiddle\ndone\n/)
  expect(await told(world.launchers[0], 'was restarted')).toBe(0)
})

it("goes on with what comes, where the daemon's copy is damaged, and says so", async () => {
  await using at = await mortal(true)
  const { engine, world, people, stack } = at
  const command = 'i=0; while [ $i -lt 30 ]; do echo "line $i"; i=$((i+1)); sleep 0.3; done; exit 9'
  const run = await startTask(people, stack, command)
  await says(people, run, 'line 5\n')
  await engine.kill()
  await engine.tearCopies()
  await engine.revive()
  await says(people, run, 'copy of it is damaged')
  await world.launchers[0]?.kill()
  await world.launchers[0]?.start()
  expect(noteOf(await world.reaches(run, ['FAILED']))).toContain('performing the task: 9')
  const log = (await rawLog(world, run)).toString()
  for (const number of [0, 1, 2, 3, 4, 5, 29]) expect(log.split(`line ${number}\n`), `line ${number}`).toHaveLength(2)
})
