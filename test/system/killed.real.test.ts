import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { People } from '../support/people.ts'
import { World, type RunShown } from '../support/world.ts'
import { until } from '../fakes/until.ts'
import { containersOf, engine } from './containers.ts'
import { between, holds, rawLog, sha256, toldSha256, withoutOwnLines } from './logs-on-disk.ts'
import { applyStack, logOf, says, startRun, startTask } from './runs.ts'
import { sharedWorld } from './shared-world.ts'

/*
 * A launcher that is killed (-9) in the middle of a run loses nothing: the next one with its directory goes on with the container, and what the
 * mothership holds is what the container wrote, byte by byte, with the launcher's own lines between.
 */
const shared = sharedWorld({ launchers: 1, serve: ['--heartbeat-seconds', '1', '--lease-seconds', '20'] })

const noteOf = ({ history }: RunShown) => history.at(-1)?.note
const states = ({ history }: RunShown) => history.map(({ state }) => state)
const goesOn = 'The launcher was restarted; it goes on with the run'

async function restart(world: World): Promise<void> {
  const [launcher] = world.launchers
  await launcher?.kill()
  await launcher?.start()
}

it('goes on with a run that is silent, and with its log', async () => {
  const { world, people } = await shared()
  const stack = await applyStack(people, 'name: silent\ntool: custom')
  const run = await startTask(people, stack, 'echo begun; sleep 6; echo done; exit 7')
  await says(people, run, 'begun\n')
  await restart(world)
  const ended = await world.reaches(run, ['FAILED'])
  expect(noteOf(ended)).toBe('COMMAND_FAILED: Unexpected exit code when performing the task: 7')
  const log = await logOf(people, run)
  expect(log).toMatch(/begun\n\[[0-9A-Z]+\] The launcher was restarted; it goes on with the run\ndone\n/)
  expect(log.match(/begun/g)).toHaveLength(1)
  expect(await containersOf(run)).toEqual([])
})

it('keeps every byte of a flood of 64 MiB in which it is killed three times', async () => {
  const { world, people } = await shared()
  const stack = await applyStack(people, 'name: flood\ntool: custom')
  const command = `
seq 1 600000 | sed 's/$/ is the number of a line that is about as long as those that tools write, which is a hundred bytes/' > ../flood; echo FIRST; cat ../flood; echo LAST; sha256sum < ../flood`
  const run = await startTask(people, stack, command)
  for (const share of [0.1, 0.4, 0.7]) {
    await holds(world, run, share * 64_000_000)
    await restart(world)
  }
  await world.reaches(run, ['FINISHED'])
  const log = await rawLog(world, run)
  const body = withoutOwnLines(between(log, 'FIRST', 'LAST'), run)
  const wrote = toldSha256(log)
  expect(body.length).toBeGreaterThan(40 * 1024 * 1024)
  expect(sha256(body)).toBe(wrote)
  expect(log.toString('latin1').split(goesOn).length - 1).toBe(3)
})

it('keeps binary output as it was written', async () => {
  const { world, people } = await shared()
  const stack = await applyStack(people, 'name: binary\ntool: custom')
  const file = randomBytes(32).toString('hex')
  const command = `
i=0; : > ../${file}; while [ $i -lt 30 ]; do head -c 300000 /dev/urandom | tr -d '[' >> ../${file}; i=$((i+1)); done
head -c 100000 /dev/zero | tr '\\0' y >> ../${file}; echo >> ../${file}; head -c 16384 /dev/zero | tr '\\0' z >> ../${file}; echo >> ../${file}
echo FIRST; head -c 4000000 ../${file}; sleep 4; tail -c +4000001 ../${file}; echo; echo LAST; sha256sum < ../${file}`
  const run = await startTask(people, stack, command)
  await says(people, run, 'FIRST\n')
  await sleep(500)
  await restart(world)
  await world.reaches(run, ['FINISHED'])
  const log = await rawLog(world, run)
  const body = withoutOwnLines(between(log, 'FIRST', '\nLAST'), run)
  expect(sha256(body)).toBe(toldSha256(log))
  expect(states(await world.show(run))).toEqual(['QUEUED', 'READY', 'PREPARING', 'PERFORMING', 'FINISHED'])
})

it('a run that ends while no launcher is there, ends as it did', async () => {
  const { world, people } = await shared()
  const stack = await applyStack(people, 'name: absent\ntool: custom')
  const run = await startTask(people, stack, 'echo begun; sleep 1; echo done')
  await says(people, run, 'begun\n')
  await world.launchers[0]?.kill()
  await sleep(3000)
  await world.launchers[0]?.start()
  await world.reaches(run, ['FINISHED'])
  expect(await logOf(people, run)).toMatch(/begun\n\[.*goes on with the run\ndone\n/)
})

it('goes on with an ending: no signal is sent twice, and the run ends for the reason that it was ended for', async () => {
  const { world, people } = await shared()
  const plan = `sh -c 'n=0; trap "n=\\$((n+1)); echo INT \\$n" INT; echo begun; i=0; while [ $i -lt 100 ]; do sleep 0.1; i=$((i+1)); done; echo saved'`
  const workflow = { path: 'source/.spacelift/workflow.yml', content: `plan: |\n  ${plan}\n` }
  const stack = await applyStack(people, `name: ending\ntool: custom\nfiles: [${JSON.stringify(workflow)}]`)
  const run = await startRun(people, stack)
  await says(people, run, 'begun\n')
  await world.cli(['run', 'stop', run])
  await says(people, run, 'INT 1\n')
  await restart(world)
  await world.reaches(run, ['STOPPED'])
  const log = await logOf(people, run)
  expect(log).toContain('saved\n')
  expect(log).not.toContain('INT 2')
  expect(log.match(/The run was stopped/g)).toHaveLength(1)
})

it('seals and uploads a workspace again, and another worker applies from it', async () => {
  const { world, people } = await shared()
  const workflow = {
    path: 'source/.spacelift/workflow.yml',
    content: 'plan: head -c 200000000 /dev/urandom > ../big; echo planned\napply: wc -c < ../big',
  }
  const stack = await applyStack(people, `name: pausing\ntool: custom\nfiles: [${JSON.stringify(workflow)}]`)
  const run = await startRun(people, stack)
  await says(people, run, 'Uploading workspace')
  await restart(world)
  const paused = await world.reaches(run, ['UNCONFIRMED'])
  expect(states(paused)).toEqual(['QUEUED', 'READY', 'PREPARING', 'INITIALIZING', 'PLANNING', 'UNCONFIRMED'])
  await world.cli(['run', 'confirm', run])
  await world.reaches(run, ['FINISHED'])
  expect(await logOf(people, run, 'APPLYING')).toContain('200000000\n')
})

it('gives a run its time from when it was taken, whoever looks after it', async () => {
  await using world = await World.start({ launcherEnv: { SPACELIFT_LAUNCHER_RUN_TIMEOUT: '8s' } })
  await using people = await People.of(world.profile)
  const stack = await applyStack(people, 'name: long\ntool: custom')
  const run = await startTask(people, stack, 'echo begun; sleep 60')
  await says(people, run, 'begun\n')
  const begun = performance.now()
  await sleep(4000)
  await restart(world)
  const ended = await world.reaches(run, ['FAILED'])
  expect(noteOf(ended)).toContain('RUN_TIMEOUT')
  expect(performance.now() - begun).toBeLessThan(20_000)
})

it('ends a run whose container was removed while no launcher was there, and says so', async () => {
  const { world, people } = await shared()
  const stack = await applyStack(people, 'name: removed\ntool: custom')
  const run = await startTask(people, stack, 'echo begun; sleep 60')
  await says(people, run, 'begun\n')
  await world.launchers[0]?.kill()
  for (const id of await containersOf(run)) await engine('DELETE', `/containers/${id}?force=1`)
  await world.launchers[0]?.start()
  const ended = await world.reaches(run, ['FAILED'])
  expect(noteOf(ended)).toMatch(/^CONTAINER_LOST: The run's container was removed while the launcher was restarted/)
  expect(await logOf(people, run)).toMatch(/begun\n[^]*goes on with the run\n[^]*was removed while/)
})

it('begins again with a run that was not started, under the same log', async () => {
  const { world, people } = await shared()
  const stack = await applyStack(
    people,
    `name: preparing\ntool: custom\nfiles: [${JSON.stringify({ path: 'big', content: 'x'.repeat(900_000) })}]`,
  )
  for (let time = 0; time < 4; time += 1) {
    const run = await startTask(people, stack, 'echo begun; sleep 1; echo done')
    await until(
      'its directory',
      async () => (await readdir(join(world.directory, 'launcher-1/jobs')).catch(() => [])).length > 0,
    )
    await sleep(time * 40)
    await restart(world)
    await world.reaches(run, ['FINISHED'])
    const log = await logOf(people, run)
    expect(log.match(/begun\n/g)).toHaveLength(1)
    expect(log).toMatch(/begun\n(\[.*\n)*done\n/)
    expect(log).toMatch(/The launcher was restarted/)
  }
})
