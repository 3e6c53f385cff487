import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { World } from '../support/world.ts'

const folder = (name: string) => fileURLToPath(new URL(`../../quickstart/stacks/${name}`, import.meta.url))

/** Applies an example in a world, and triggers a run of it. */
async function runOf(world: World, name: string): Promise<string> {
  const { id } = await world.cli<{ id: string }>(['stack', 'apply', folder(name)])
  return await world.trigger(id)
}

it('the example hooks uses hooks, variables, a mounted file and a secret that no log shows', async () => {
  await using world = await World.start({ launchers: 2 })
  const run = await runOf(world, 'hooks')
  await world.reaches(run, ['UNCONFIRMED'])
  await world.cli(['run', 'confirm', run])
  await world.reaches(run, ['FINISHED'])
  const log = await world.log(run)
  expect(log).toContain('planning: this run may look')
  expect(log).toContain('applying: this run may change')
  expect(log).toContain('Ada from the north')
  expect(log).toContain('ended as FINISHED')
  expect(log).not.toContain('open-sesame')
})

it('the example custom hands its workspace over from the plan to the apply', async () => {
  await using world = await World.start({ launchers: 2 })
  const run = await runOf(world, 'custom')
  await world.reaches(run, ['UNCONFIRMED'])
  await world.cli(['run', 'confirm', run])
  const { history } = await world.reaches(run, ['FINISHED'])
  expect(await world.log(run)).toContain('granting what was planned:\na door\na roof\na window\n')
  const workers = history
    .filter(({ state }) => state === 'PLANNING' || state === 'APPLYING')
    .map(({ worker }) => worker)
  expect(new Set(workers).size).toBe(2)
})

it('the example failing fails while planning, and says why', async () => {
  await using world = await World.start()
  const run = await runOf(world, 'failing')
  const { history } = await world.reaches(run, ['FAILED'])
  expect(history.map(({ state }) => state)).toContain('PLANNING')
  expect(await world.log(run)).toContain('This stack fails on purpose.')
})
