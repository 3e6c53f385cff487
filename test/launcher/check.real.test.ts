import { expect, it } from 'vitest'
import { Process } from '../system/process.ts'
import { sharedWorld } from '../system/shared-world.ts'

const shared = sharedWorld({ launchers: 0 })

it('finds the mothership, its broker and the engine, and becomes no worker', async () => {
  const { world } = await shared()
  await using process = new Process('launcher/bin.js', ['check', '--json'], world.launcherEnv('checked'))
  expect(await process.ended).toBe(0)
  const { farEnds } = JSON.parse(process.out) as { farEnds: { name: string; ok: boolean }[] }
  expect(farEnds.map(({ name, ok }) => [name, ok])).toEqual([
    ['directory', true],
    ['engine', true],
    ['api', true],
    ['broker', true],
  ])
  expect(await world.cli(['worker', 'list'])).toEqual([])
})
