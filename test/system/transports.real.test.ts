import { afterAll, describe, expect, it } from 'vitest'
import { startProxy } from '../fakes/connect-proxy.ts'
import { logOf, startTask, applyStack } from './runs.ts'
import { People } from '../support/people.ts'
import { World } from '../support/world.ts'

/* A run from its trigger to its end, where a launcher reaches one HTTPS port by a proxy that insists, and nothing else. */
const ways = [
  { way: 'polling', serve: [], env: { SPACELIFT_WORKER_COMMS_PROTOCOL: 'poll' } },
  { way: 'MQTT over WebSockets', serve: ['--broker-endpoint', 'websocket'], env: {} },
] as const

describe.each(ways)('by $way', ({ serve, env }) => {
  const held = new AsyncDisposableStack()
  afterAll(() => held.disposeAsync())

  it('is executed, logged to its end', async () => {
    const proxy = held.use(await startProxy({ account: 'ada:geheim' }))
    const launcherEnv = { ...env, HTTPS_PROXY: proxy.url }
    const world = held.use(await World.start({ serve, launcherEnv }))
    const people = held.use(await People.of(world.profile))
    const stack = await applyStack(people, 'name: far\ntool: custom')
    const run = await startTask(people, stack, 'seq 5000')
    await world.reaches(run, ['FINISHED'])
    expect(await logOf(people, run, 'PERFORMING')).toContain('\n4999\n5000\n')
    const ports = new Set(proxy.asked.map((target) => Number(target.split(':').at(-1))))
    expect(ports).toEqual(new Set([world.ports[2]]))
    const [launcher] = world.launchers
    expect(await launcher?.output()).not.toContain('geheim')
  })
})
