import { describe, expect, it } from 'vitest'
import { Stop } from '../../../launcher/src/run/outcome.ts'
import { until } from '../../fakes/until.ts'
import { never } from './fake-control.ts'
import { World } from './world.ts'

describe('Conductor.owes', () => {
  it('is false when there was nothing, and when the end of the last job was heard', async () => {
    using world = new World()
    expect(await world.conductor.owes()).toBe(false)
    await world.conduct(world.job())
    expect(await world.conductor.owes()).toBe(false)
  })

  it('is true when the launcher had to go before anybody heard the end of its job', async () => {
    using world = new World({ play: ({ stage }) => stage.signalled().then(() => 130) })
    const stopping = new AbortController()
    world.control.before('report', never)
    const over = world.conduct(world.job(), stopping.signal)
    await until('it was started', () => world.engine.calls.some((call) => call.startsWith('start')))
    const haste = { graces: { interruptMs: 3, terminateMs: 2, killMs: 1 }, deliveryMs: 10 }
    stopping.abort(new Stop('launcher-stopping', { haste }))
    await until('it reports', () => world.control.calls.includes('report'))
    await world.clock.advance(1_000)
    await over
    expect(await world.conductor.owes()).toBe(true)
  })

  it('is true when a successor waited for a delivery that nobody took, a minute later', async () => {
    using world = new World()
    const hurry = new AbortController()
    world.control.before('report', (signal) => (world.control.reports.length > 0 ? never(signal) : undefined))
    const job = world.job()
    const over = world.conductor.conduct(job.id, new AbortController().signal, hurry.signal)
    await until('it reports its end', () => world.control.calls.filter((call) => call === 'report').length === 2)
    await world.clock.advance(10 * 60_000)
    hurry.abort()
    await world.clock.advance(60_000)
    await over
    expect(await world.conductor.owes()).toBe(true)
  })
})
