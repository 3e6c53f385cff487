import { describe, expect, it } from 'vitest'
import { maxUnstartedJobs } from '../../../mothership/src/runs/end-job.ts'
import { leaseSeconds, person, World } from './world.ts'

const beyondLease = (leaseSeconds + 1) * 1000

async function scene() {
  const world = await World.open()
  const pool = await world.pool()
  await world.stack(pool, 's')
  const worker = await world.worker(pool)
  const run = await world.trigger('s', 'TRACKED')
  return { world, pool, worker, run, job: await worker.job() }
}

describe('a lease', () => {
  it('that ends before the start gives the run to another worker, under a new job', async () => {
    const { world, pool, worker, run, job } = await scene()
    await using _ = world
    world.clock.advance(beyondLease)
    await world.sweep.once()
    expect(await world.runs.get(run.id)).toMatchObject({
      state: 'READY',
      note: `worker ${worker.id} was silent for 61 s, longer than its lease of 60 s; nothing was started, so the run waits for another worker`,
    })
    const other = await world.worker(pool)
    expect(await other.job()).not.toBe(job)
    await expect(world.jobs.start(worker.caller, job, world.newId())).rejects.toMatchObject({ code: 'job-lost' })
  })

  it('that ends after the start fails the run with the reason', async () => {
    const { world, worker, run } = await scene()
    await using _ = world
    const job = await worker.start()
    world.clock.advance(beyondLease)
    await world.sweep.once()
    const failed = await world.runs.get(run.id)
    expect(failed).toMatchObject({
      state: 'FAILED',
      note: expect.stringContaining(`worker ${worker.id} was silent for 61 s`),
    })
    await expect(worker.finish(job)).rejects.toMatchObject({ code: 'job-lost' })
  })

  it('of an apply that was not started goes back to CONFIRMED', async () => {
    const { world, pool, worker, run } = await scene()
    await using _ = world
    await worker.plan()
    await world.runs.confirm('s', run.id, person)
    expect(await world.state(run.id)).toBe('PREPARING_APPLY')
    world.clock.advance(beyondLease)
    await world.sweep.once()
    expect(await world.state(run.id)).toBe('CONFIRMED')
    const other = await world.worker(pool)
    const job = await other.start()
    await other.phase(job, 'APPLYING')
    await other.finish(job)
    expect(await world.state(run.id)).toBe('FINISHED')
  })

  it('goes on with every heartbeat, whatever the job', async () => {
    const { world, worker, run, job } = await scene()
    await using _ = world
    for (let minute = 0; minute < 5; minute++) {
      world.clock.advance(50_000)
      await worker.heartbeat(job)
      await world.sweep.once()
    }
    expect(await world.state(run.id)).toBe('PREPARING')
  })

  it('begins anew when the mothership starts', async () => {
    const { world, worker, run } = await scene()
    await using _ = world
    await worker.start()
    world.clock.advance(10 * beyondLease)
    await world.restart()
    await world.sweep.once()
    expect(await world.state(run.id)).toBe('PREPARING')
    world.clock.advance(beyondLease)
    await world.sweep.once()
    expect(await world.state(run.id)).toBe('FAILED')
  })

  it('that ended leaves a worker out until it speaks again', async () => {
    const { world, pool, worker } = await scene()
    await using _ = world
    world.clock.advance(beyondLease)
    await world.sweep.once()
    expect(await world.workers.list(pool)).toEqual([])
    await worker.heartbeat()
    expect(await world.workers.list(pool)).toMatchObject([{ id: worker.id, status: 'BUSY' }])
  })

  it('that ended before any sweep saw it leaves a worker out until it speaks again, and no longer', async () => {
    const world = await World.open()
    await using _ = world
    const pool = await world.pool()
    await world.stack(pool, 's')
    const worker = await world.worker(pool)
    world.clock.advance(beyondLease)
    const run = await world.trigger('s', 'TRACKED')
    expect(await world.state(run.id)).toBe('READY')
    await worker.heartbeat()
    expect(await world.state(run.id)).toBe('PREPARING')
  })
})

describe('a job that was taken', () => {
  it('keeps its worker from another one until the worker has ended it', async () => {
    const { world, worker, run } = await scene()
    await using _ = world
    const job = await worker.start()
    world.clock.advance(beyondLease)
    await world.sweep.once()
    expect(await world.state(run.id)).toBe('FAILED')
    const next = await world.trigger('s', 'TRACKED')
    expect((await worker.heartbeat(job)).job).toBeNull()
    expect(await world.state(next.id)).toBe('READY')
    expect((await worker.heartbeat(null)).job).not.toBeNull()
    expect(await world.state(next.id)).toBe('PREPARING')
  })
})

describe('a job that its worker does not have', () => {
  async function deny(world: World, worker: { heartbeat(job: string | null): Promise<unknown> }) {
    for (let second = 0; second <= leaseSeconds + 10; second += 10) {
      world.clock.advance(10_000)
      await worker.heartbeat(null)
    }
  }

  it('goes to another worker if it was not started', async () => {
    const { world, pool, worker, run } = await scene()
    await using _ = world
    const other = await world.worker(pool)
    await deny(world, { heartbeat: async () => Promise.all([worker.heartbeat(null), other.heartbeat(null)]) })
    await world.sweep.once()
    expect((await worker.orders()).job).toBeNull()
    expect((await other.orders()).job).not.toBeNull()
    expect(await world.state(run.id)).toBe('PREPARING')
  })

  it('fails if it was', async () => {
    const { world, worker, run } = await scene()
    await using _ = world
    await worker.start()
    await deny(world, worker)
    await world.sweep.once()
    expect(await world.runs.get(run.id)).toMatchObject({
      state: 'FAILED',
      note: expect.stringContaining('does not have the job'),
    })
  })

  it('fails when too many in a row did not start it', async () => {
    const { world, worker, run } = await scene()
    await using _ = world
    for (let attempt = 1; attempt <= maxUnstartedJobs; attempt++) {
      expect(await world.state(run.id)).toBe('PREPARING')
      world.clock.advance(beyondLease)
      await world.sweep.once()
      if (attempt < maxUnstartedJobs) await worker.heartbeat()
    }
    expect(await world.runs.get(run.id)).toMatchObject({
      state: 'FAILED',
      note: expect.stringContaining('worker number 20 in a row'),
    })
  })
})

describe('a sweep', () => {
  it('forgets workers that are gone for a day', async () => {
    const { world, pool, worker } = await scene()
    await using _ = world
    await worker.finish(await worker.start(), { result: 'failed' })
    await world.workers.goodbye(worker.caller, { reason: 'done' })
    await world.sweep.once()
    expect(await world.workers.authenticate(worker.caller, worker.registered.session)).toBe(true)
    world.clock.advance(25 * 3600 * 1000)
    await world.sweep.once()
    expect(await world.workers.authenticate(worker.caller, worker.registered.session)).toBe(false)
    expect(await world.workers.list(pool)).toEqual([])
  })

  it('gives out what a failed dispatch left', async () => {
    const { world, pool } = await scene()
    await using _ = world
    await world.stack(pool, 't')
    await world.worker(pool)
    world.faults = ['answer-lost', 'undone']
    await expect(world.trigger('t', 'TRACKED')).rejects.toThrow('answer lost')
    expect(await world.runs.pending(pool)).toBe(1)
    world.faults = []
    await world.sweep.once()
    expect(await world.runs.pending(pool)).toBe(0)
  })
})
