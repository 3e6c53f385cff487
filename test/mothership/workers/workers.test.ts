import { describe, expect, it } from 'vitest'
import { person, World } from '../runs/world.ts'

async function scene() {
  const world = await World.open()
  const pool = await world.pool()
  await world.stack(pool, 's')
  return { world, pool }
}

const registration = (instance: string, more: object = {}) => ({
  protocol: { major: 1, minor: 9 },
  launcher: { version: '1' },
  instance,
  metadata: { instance_id: 'a' },
  ...more,
})

describe('a registration', () => {
  it('answers the same instance with the same worker, and both sessions are good', async () => {
    const { world, pool } = await scene()
    await using _ = world
    const instance = world.newId()
    const first = await world.workers.register(pool, registration(instance))
    const second = await world.workers.register(pool, registration(instance))
    expect(second.worker).toBe(first.worker)
    expect(second.session).not.toBe(first.session)
    const caller = { pool, worker: first.worker }
    for (const { session } of [first, second]) expect(await world.workers.authenticate(caller, session)).toBe(true)
    expect(first.topics.readonly).toBe(`spacelift/readonly/${pool}/${first.worker}`)
    expect(await world.workers.list(pool)).toHaveLength(1)
  })

  it('goes on as the worker that the launcher was before it was killed, with its job', async () => {
    const { world, pool } = await scene()
    await using _ = world
    const before = await world.worker(pool)
    await world.trigger('s', 'TRACKED')
    const job = await before.start()
    const resume = { worker: before.id, session: before.registered.session }
    const after = await world.worker(pool, { resume })
    expect(after.id).toBe(before.id)
    expect(await after.job()).toBe(job)
    const late = await world.worker(pool, { resume: { ...resume, session: 'another' } })
    expect(late.id).not.toBe(before.id)
  })

  it('does not go on as a worker of another pool, or one that said goodbye', async () => {
    const { world, pool } = await scene()
    await using _ = world
    const before = await world.worker(pool)
    const resume = { worker: before.id, session: before.registered.session }
    expect((await world.worker(await world.pool('other'), { resume })).id).not.toBe(before.id)
    await world.workers.goodbye(before.caller, { reason: 'done' })
    expect((await world.worker(pool, { resume })).id).not.toBe(before.id)
  })

  it('of another major version is refused', async () => {
    const { world, pool } = await scene()
    await using _ = world
    const wrong = registration(world.newId(), { protocol: { major: 2, minor: 0 } })
    await expect(world.workers.register(pool, wrong)).rejects.toMatchObject({ code: 'wrong-protocol' })
  })

  it('keeps no session secret', async () => {
    const { world, pool } = await scene()
    await using _ = world
    const worker = await world.worker(pool)
    const kept = await world.read((tables) => tables.workers.get(worker.id))
    expect(JSON.stringify(kept)).not.toContain(worker.registered.session)
    expect(Buffer.from(worker.registered.session, 'base64url')).toHaveLength(32)
  })

  it('gives a waiting run to the new worker', async () => {
    const { world, pool } = await scene()
    await using _ = world
    const run = await world.trigger('s', 'TRACKED')
    const worker = await world.worker(pool)
    expect(await world.state(run.id)).toBe('PREPARING')
    expect(world.rung).toEqual([{ worker: worker.id, job: await worker.job() }])
  })
})

describe('a session', () => {
  it('is good for its worker in its pool only', async () => {
    const { world, pool } = await scene()
    await using _ = world
    const worker = await world.worker(pool)
    const { session } = worker.registered
    expect(await world.workers.authenticate(worker.caller, session)).toBe(true)
    expect(await world.workers.authenticate(worker.caller, `${session}x`)).toBe(false)
    expect(await world.workers.authenticate({ ...worker.caller, pool: world.newId() }, session)).toBe(false)
    expect(await world.workers.authenticate({ ...worker.caller, worker: world.newId() }, session)).toBe(false)
  })
})

describe('a worker', () => {
  it('gets a job in the order in which workers became idle', async () => {
    const { world, pool } = await scene()
    await using _ = world
    const [a, b] = [await world.worker(pool), (world.clock.advance(1), await world.worker(pool))]
    world.clock.advance(1)
    await world.trigger('s', 'TASK')
    await a.finish(await a.start(), { result: 'failed' })
    world.clock.advance(1)
    await world.trigger('s', 'TASK')
    expect((await a.orders()).job).toBeNull()
    await b.finish(await b.start(), { result: 'failed' })
    expect((await world.workers.list(pool)).map((worker) => worker.availableAt)).toEqual([
      world.clock.now() - 1,
      world.clock.now(),
    ])
  })

  it('writes nothing for a heartbeat that changes nothing', async () => {
    const { world, pool } = await scene()
    await using _ = world
    const worker = await world.worker(pool)
    world.faults = ['undone']
    world.clock.advance(10_000)
    await worker.heartbeat()
    expect(world.faults).toHaveLength(1)
    expect((await world.workers.list(pool))[0]?.seenAt).toBe(world.clock.now())
  })

  it('that drains itself takes no job, and a late heartbeat from before does not change that', async () => {
    const { world, pool } = await scene()
    await using _ = world
    const worker = await world.worker(pool)
    const early = { job: null, draining: false, sentAt: world.clock.now() }
    world.clock.advance(5)
    await worker.heartbeat(null, true)
    await world.workers.heartbeat(worker.caller, early)
    const run = await world.trigger('s', 'TRACKED')
    expect(await world.state(run.id)).toBe('READY')
    expect(await world.workers.list(pool)).toMatchObject([{ status: 'DRAINED', drained: true, busy: false }])
    world.clock.advance(5)
    await worker.heartbeat(null, false)
    expect(await world.state(run.id)).toBe('PREPARING')
  })

  it('whose clock was set back is still believed', async () => {
    const { world, pool } = await scene()
    await using _ = world
    const worker = await world.worker(pool)
    await worker.heartbeat()
    const orders = { job: null, draining: true, sentAt: world.clock.now() - 3_600_000 }
    await world.workers.heartbeat(worker.caller, orders)
    expect(await world.workers.list(pool)).toMatchObject([{ status: 'DRAINED' }])
  })

  it('whose connection broke gets no job until it speaks', async () => {
    const { world, pool } = await scene()
    await using _ = world
    const worker = await world.worker(pool)
    await world.workers.crashed(worker.caller)
    const run = await world.trigger('s', 'TRACKED')
    expect(await world.state(run.id)).toBe('READY')
    await worker.heartbeat()
    expect(await world.state(run.id)).toBe('PREPARING')
  })

  it('whose questions for rings ended gets no job until it asks again, unless it was heard since', async () => {
    const { world, pool } = await scene()
    await using _ = world
    const worker = await world.worker(pool)
    await world.workers.lost(worker.caller, world.clock.now() - 1)
    const first = await world.trigger('s', 'TRACKED')
    expect(await world.state(first.id)).toBe('PREPARING')
    const other = await world.worker(pool)
    await world.workers.lost(other.caller, world.clock.now())
    await world.stack(pool, 'other')
    const second = await world.trigger('other', 'TRACKED')
    expect(await world.state(second.id)).toBe('READY')
    await world.workers.returned(other.caller)
    expect(await world.state(second.id)).toBe('PREPARING')
  })

  it('that is drained gets nothing after the answer, is listed, and gets jobs again when undrained', async () => {
    const { world, pool } = await scene()
    await using _ = world
    const worker = await world.worker(pool)
    const [drained, run] = await Promise.all([
      world.workers.setDrained(pool, worker.id, true),
      world.trigger('s', 'TRACKED'),
    ])
    expect(drained).toMatchObject({ drained: true })
    expect(await world.state(run.id)).toBe(drained?.busy ? 'PREPARING' : 'READY')
    expect((await worker.orders()).drained).toBe(true)
    expect(await world.workers.list(pool)).toMatchObject([{ id: worker.id, drained: true }])
    await world.workers.setDrained(pool, worker.id, false)
    expect(await world.state(run.id)).toBe('PREPARING')
    expect(await world.workers.setDrained(world.newId(), worker.id, true)).toBeNull()
    expect(await world.workers.setDrained(pool, world.newId(), true)).toBeNull()
  })

  it('that says goodbye hands an unstarted job back, and is not known any more', async () => {
    const { world, pool } = await scene()
    await using _ = world
    const worker = await world.worker(pool)
    const run = await world.trigger('s', 'TRACKED')
    await world.workers.goodbye(worker.caller, { reason: 'scaled down' })
    await world.workers.goodbye(worker.caller, { reason: 'scaled down' })
    expect(await world.runs.get(run.id)).toMatchObject({
      state: 'READY',
      note: expect.stringContaining('left: scaled down'),
    })
    await expect(worker.heartbeat()).rejects.toMatchObject({ code: 'unknown-worker' })
    await expect(worker.orders()).rejects.toMatchObject({ code: 'unknown-worker' })
    expect(await world.workers.list(pool)).toEqual([])
  })

  it('that says goodbye in the middle of a run fails it', async () => {
    const { world, pool } = await scene()
    await using _ = world
    const worker = await world.worker(pool)
    const run = await world.trigger('s', 'TRACKED')
    await worker.start()
    await world.workers.goodbye(worker.caller, { reason: 'node is going' })
    expect(await world.state(run.id)).toBe('FAILED')
  })

  it('of a cycled pool is told to leave and gets no job; the process after it does', async () => {
    const { world, pool } = await scene()
    await using _ = world
    const worker = await world.worker(pool, { instance: world.newId() })
    const stranger = await world.worker(await world.pool('other'))
    await world.workers.cycle(pool, person)
    expect((await worker.orders()).leave).toBe('the pool was cycled by Ada')
    expect((await stranger.orders()).leave).toBeNull()
    const run = await world.trigger('s', 'TRACKED')
    expect(await world.state(run.id)).toBe('READY')
    const resume = { worker: worker.id, session: worker.registered.session }
    const after = await world.worker(pool, { resume })
    expect((await after.orders()).leave).toBeNull()
    expect(await world.state(run.id)).toBe('PREPARING')
  })

  it('is not given a run of another pool', async () => {
    const { world } = await scene()
    await using _ = world
    const stranger = await world.worker(await world.pool('other'))
    const run = await world.trigger('s', 'TRACKED')
    expect(await world.state(run.id)).toBe('READY')
    expect((await stranger.orders()).job).toBeNull()
  })
})
