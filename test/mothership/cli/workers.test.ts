import { describe, expect, it } from 'vitest'
import { aPool, aWorker } from '../graphql/fake-services.ts'
import { Stage } from './world.ts'

describe('worker', () => {
  it('list shows a table, or an array with these fields', async () => {
    await using stage = await Stage.start()
    stage.world.pools.set('b', { ...aPool, id: 'b', name: 'other' })
    stage.world.workers.set('w2', {
      ...aWorker,
      id: 'w2',
      pool: 'b',
      status: 'BUSY',
      busy: true,
      job: 'j1',
      metadata: {},
    })
    const { out } = await stage.run(['worker', 'list'])
    expect(out).toBe(
      [
        'ID                          POOL         STATUS  JOB  SINCE    HEARD    METADATA',
        '01JWRKER000000000000000001  Küche & Bad  IDLE         59s ago  55s ago  instance_id=i-1 asg_id=group "a"',
        'w2                          other        BUSY    j1   59s ago  55s ago',
        '',
      ].join('\n'),
    )
    const json = await stage.run(['worker', 'list', '--pool', 'Küche & Bad', '--json'])
    expect(JSON.parse(json.out)).toEqual([
      {
        id: aWorker.id,
        pool: aPool.id,
        status: 'IDLE',
        busy: false,
        drained: false,
        job: null,
        metadata: { instance_id: 'i-1', asg_id: 'group "a"' },
        createdAt: 1767225601,
        seenAt: 1767225605,
        availableAt: 1767225602,
      },
    ])
  })

  it('drain and undrain find the pool of the worker', async () => {
    await using stage = await Stage.start()
    expect(await stage.run(['worker', 'drain', aWorker.id])).toEqual({
      code: 0,
      out: `Worker ${aWorker.id} has no job and takes none.\n`,
      err: '',
    })
    expect(stage.world.workers.get(aWorker.id)?.drained).toBe(true)
    expect(await stage.run(['worker', 'undrain', aWorker.id])).toMatchObject({
      code: 0,
      out: `Worker ${aWorker.id} takes jobs again.\n`,
    })
    expect(await stage.run(['worker', 'drain', 'nope'])).toEqual({
      code: 3,
      out: '',
      err: 'There is no worker nope.\n',
    })
  })

  it('drain --wait ends when the job in hand has, and not before', async () => {
    await using stage = await Stage.start()
    const busy = { ...aWorker, busy: true, job: 'j1', status: 'BUSY' } as const
    stage.world.workers.set(aWorker.id, busy)
    stage.onPause = (pauses) => {
      if (pauses === 3)
        stage.world.workers.set(aWorker.id, { ...busy, drained: true, busy: false, job: null, status: 'DRAINED' })
    }
    const { code, out } = await stage.run(['worker', 'drain', aWorker.id, '--wait', '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ status: 'DRAINED', busy: false, job: null })
  })

  it('drain --wait is content with a worker that is gone, but not with one that was undrained', async () => {
    await using stage = await Stage.start()
    const busy = { ...aWorker, busy: true, job: 'j1', status: 'BUSY' } as const
    stage.world.workers.set(aWorker.id, busy)
    stage.onPause = () => void stage.world.workers.delete(aWorker.id)
    expect(await stage.run(['worker', 'drain', aWorker.id, '--wait'])).toMatchObject({ code: 0 })
    stage.world.workers.set(aWorker.id, busy)
    stage.onPause = () => void stage.world.workers.set(aWorker.id, busy)
    expect(await stage.run(['worker', 'drain', aWorker.id, '--wait'])).toMatchObject({ code: 4 })
  })
})
