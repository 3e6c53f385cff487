import { describe, expect, it } from 'vitest'
import { LauncherError } from '../../../launcher/src/base/errors.ts'
import { until } from '../../fakes/until.ts'
import { World, type Scene } from './world.ts'

const away = () => new LauncherError('ENGINE_UNREACHABLE', 'nobody there')

/** Waits for one signal, whose name does not matter, and then ends well. */
const waiting = async ({ stage, mark }: Scene) => {
  await mark('phase PERFORMING')
  await stage.write('working\n')
  await stage.signalled()
  await mark('end 0 done')
  return 0
}

/** A job whose container runs, on an engine that will be away. */
async function running() {
  const world = new World({ play: waiting })
  const job = world.job()
  const over = world.conduct(job)
  await until('the container', () => world.control.text.includes('working'))
  const [id = ''] = world.engine.containers
  const breaks = () => {
    for (const call of ['inspect', 'wait', 'output'] as const) world.engine.break(call, away)
  }
  const mends = () => {
    for (const call of ['inspect', 'wait', 'output'] as const) world.engine.mend(call)
  }
  return { world, over, id, breaks, mends }
}

describe('a container that is watched', () => {
  it('is watched on when an engine that was away for minutes is back', async () => {
    const { world, over, id, breaks, mends } = await running()
    using _ = world
    breaks()
    await world.clock.advance(10_000)
    for (let minute = 0; minute < 4; minute += 1) await world.clock.advance(60_000)
    mends()
    await world.clock.advance(6000)
    await world.engine.signal(id, 'SIGINT')
    expect(await over).toMatchObject({ result: 'succeeded' })
  })

  it('is given up when the engine does not come back, with that reason', async () => {
    const { world, over, breaks, mends } = await running()
    using _ = world
    breaks()
    for (let second = 0; second < 340; second += 5) await world.clock.advance(5000)
    mends()
    const outcome = await over
    expect(outcome).toMatchObject({ result: 'failed', failure: { code: 'ENGINE_UNREACHABLE' } })
    expect(outcome?.failure?.message).toMatch(/was away for more than 5 minutes.*nobody there/)
  })
})
