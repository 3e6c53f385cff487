import { describe, expect, it } from 'vitest'
import { person, type TestWorker, World } from './world.ts'

async function scene(workers = 1) {
  const world = await World.open()
  const pool = await world.pool()
  await world.stack(pool, 's')
  const there: TestWorker[] = []
  for (let index = 0; index < workers; index++) {
    world.clock.advance(1)
    there.push(await world.worker(pool))
  }
  world.clock.advance(1)
  return { world, pool, workers: there as [TestWorker, ...TestWorker[]] }
}

describe('a run', () => {
  it('is planned by one worker, confirmed by a person, and applied by another worker', async () => {
    const { world, workers } = await scene(2)
    await using _ = world
    const [planner, applier] = workers
    const run = await world.trigger('s', 'TRACKED')
    expect(run).toMatchObject({ state: 'PREPARING', triggeredBy: person.id, title: 'Tracked run', finished: false })
    await planner.plan()
    await world.runs.confirm('s', run.id, person)
    const job = await (applier as TestWorker).start()
    await (applier as TestWorker).phase(job, 'APPLYING')
    await (applier as TestWorker).finish(job)
    expect(await world.course(run.id)).toEqual(
      'QUEUED READY PREPARING INITIALIZING PLANNING UNCONFIRMED CONFIRMED PREPARING_APPLY APPLYING FINISHED'.split(' '),
    )
    const history = await world.runs.history(run.id)
    expect(history.map((line) => line.stateVersion)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0])
    expect(history.find((line) => line.state === 'CONFIRMED')?.by).toBe(person.id)
    expect(history.find((line) => line.state === 'PLANNING')?.worker).toBe(planner.id)
    expect(history.find((line) => line.state === 'APPLYING')?.worker).toBe(applier?.id)
    expect(history[0]).toMatchObject({ state: 'FINISHED', terminal: true, hasLogs: false })
  })

  it('finishes without asking when the plan has no changes', async () => {
    const { world, workers } = await scene()
    await using _ = world
    const run = await world.trigger('s', 'TRACKED')
    const job = await workers[0].start()
    await workers[0].phase(job, 'INITIALIZING')
    await workers[0].phase(job, 'PLANNING')
    await workers[0].finish(job, { changes: false })
    expect(await world.state(run.id)).toBe('FINISHED')
    expect((await world.runs.get(run.id))?.note).toBe('no changes')
  })

  it('applies in the same job with autodeploy, and never in a job that is to pause', async () => {
    const { world, pool, workers } = await scene()
    await using _ = world
    const run = await world.trigger('s', 'TRACKED')
    const job = await workers[0].start()
    await workers[0].phase(job, 'INITIALIZING')
    await workers[0].phase(job, 'PLANNING')
    await expect(workers[0].phase(job, 'APPLYING')).rejects.toMatchObject({ code: 'bad-request' })
    expect(await world.state(run.id)).toBe('PLANNING')
    await workers[0].finish(job, { result: 'failed' })

    await world.stack(pool, 'auto', { autodeploy: true })
    const bold = await world.trigger('auto', 'TRACKED')
    const second = await workers[0].start()
    for (const phase of ['INITIALIZING', 'PLANNING', 'APPLYING'] as const) await workers[0].phase(second, phase)
    await workers[0].finish(second, { changes: true })
    expect(await world.state(bold.id)).toBe('FINISHED')
  })

  it('fails with the reason that its worker gave', async () => {
    const { world, workers } = await scene()
    await using _ = world
    const run = await world.trigger('s', 'TASK')
    const job = await workers[0].job()
    await workers[0].finish(job, { result: 'failed' })
    expect(await world.runs.get(run.id)).toMatchObject({ state: 'FAILED', note: 'EXITED: it broke', finished: true })
  })

  it('fails when a success is reported where none can be', async () => {
    const { world, workers } = await scene()
    await using _ = world
    const run = await world.trigger('s', 'TRACKED')
    await workers[0].finish(await workers[0].start(), { changes: false })
    expect((await world.runs.get(run.id))?.note).toMatch(/reported that the run succeeded in the state PREPARING/)
  })

  it('fails when the workspace that it paused with did not arrive', async () => {
    const { world, workers } = await scene()
    await using _ = world
    const run = await world.trigger('s', 'TRACKED')
    const job = await workers[0].start()
    await workers[0].phase(job, 'INITIALIZING')
    await workers[0].phase(job, 'PLANNING')
    await workers[0].keep(job, 'something else')
    await workers[0].finish(job, { changes: true, workspace: { length: 3, sha256: 'a'.repeat(64) } })
    expect(await world.state(run.id)).toBe('FAILED')
    await world.sweep.once()
    expect([...world.objects.kept.keys()].filter((key) => key.startsWith('workspaces/'))).toEqual([])
  })

  it('leaves no workspace when it is over, and keeps it until then', async () => {
    const { world, workers } = await scene()
    await using _ = world
    const run = await world.trigger('s', 'TRACKED')
    await workers[0].plan()
    await world.sweep.once()
    expect([...world.objects.kept.keys()]).toHaveLength(1)
    await world.runs.discard('s', run.id, person)
    await world.sweep.once()
    expect([...world.objects.kept.keys()]).toEqual([])
  })
})

describe('a stack', () => {
  it('is held by one run at a time, while it waits for a person too, and proposed runs do not need it', async () => {
    const { world, workers } = await scene(3)
    await using _ = world
    const first = await world.trigger('s', 'TRACKED')
    const second = await world.trigger('s', 'TASK')
    const shown = await world.trigger('s', 'PROPOSED')
    expect([await world.state(second.id), await world.state(shown.id)]).toEqual(['QUEUED', 'PREPARING'])
    await workers[0].plan()
    expect(await world.state(second.id)).toBe('QUEUED')
    await world.runs.discard('s', first.id, person)
    expect(await world.state(second.id)).toBe('PREPARING')
  })

  it('goes to the run that a person put first', async () => {
    const { world, workers } = await scene()
    await using _ = world
    await world.trigger('s', 'TRACKED')
    const second = await world.trigger('s', 'TRACKED')
    const third = await world.trigger('s', 'TRACKED')
    await world.runs.prioritize('s', third.id, true)
    await workers[0].finish(await workers[0].start(), { result: 'failed' })
    expect([await world.state(second.id), await world.state(third.id)]).toEqual(['QUEUED', 'PREPARING'])
  })
})

describe('people', () => {
  it('are told the state and what was expected when they come at the wrong time', async () => {
    const { world, workers } = await scene()
    await using _ = world
    const run = await world.trigger('s', 'TRACKED')
    const refused = { code: 'conflict' }
    await expect(world.runs.confirm('s', run.id, person)).rejects.toMatchObject({
      ...refused,
      message: `run ${run.id} is PREPARING; confirm needs UNCONFIRMED`,
    })
    await expect(world.runs.cancel('s', run.id, person)).rejects.toMatchObject({
      message: `run ${run.id} is PREPARING; cancel needs QUEUED or READY`,
    })
    await expect(world.runs.retry('s', run.id, person)).rejects.toMatchObject(refused)
    await workers[0].plan()
    await expect(world.runs.stop('s', run.id, person)).rejects.toMatchObject({
      message: `run ${run.id} is UNCONFIRMED; stop needs PREPARING or INITIALIZING or PLANNING`,
    })
    await world.runs.discard('s', run.id, person)
    await expect(world.runs.prioritize('s', run.id, true)).rejects.toMatchObject(refused)
    await expect(world.runs.discard('t', run.id, person)).rejects.toMatchObject({ code: 'not-found' })
  })

  it('end a run that was not started at once, and its worker is refused the start', async () => {
    const { world, workers } = await scene()
    await using _ = world
    const run = await world.trigger('s', 'TRACKED')
    const job = await workers[0].job()
    await world.runs.stop('s', run.id, { ...person, note: 'wrong branch' })
    expect(await world.runs.get(run.id)).toMatchObject({ state: 'STOPPED', note: 'wrong branch' })
    await expect(world.jobs.start(workers[0].caller, job, world.newId())).rejects.toMatchObject({ code: 'job-lost' })
    expect((await workers[0].orders()).job).toBeNull()
  })

  it('stop a started run through its worker, whose report ends it', async () => {
    const { world, workers } = await scene()
    await using _ = world
    const run = await world.trigger('s', 'TRACKED')
    const job = await workers[0].start()
    await workers[0].phase(job, 'INITIALIZING')
    await world.runs.stop('s', run.id, person)
    expect(world.rung.at(-1)).toEqual({ worker: workers[0].id, job: undefined })
    expect((await workers[0].orders()).job?.stop).toMatchObject({ kind: 'stop', by: person.id, note: 'stopped by Ada' })
    await workers[0].finish(job, { result: 'stopped' })
    const [last] = await world.runs.history(run.id)
    expect(last).toMatchObject({ state: 'STOPPED', by: person.id, note: 'stopped by Ada' })
  })

  it('cannot stop what has begun to change things, but kill it', async () => {
    const { world, pool, workers } = await scene()
    await using _ = world
    await world.stack(pool, 'auto', { autodeploy: true })
    const run = await world.trigger('auto', 'TRACKED')
    const job = await workers[0].start()
    await workers[0].phase(job, 'INITIALIZING')
    await workers[0].phase(job, 'PLANNING')
    await world.runs.stop('auto', run.id, person)
    await workers[0].phase(job, 'APPLYING')
    expect((await workers[0].orders()).job?.stop).toBeNull()
    await expect(world.runs.stop('auto', run.id, person)).rejects.toMatchObject({ code: 'conflict' })
    await world.runs.kill('auto', run.id, person)
    expect((await workers[0].orders()).job?.stop?.kind).toBe('kill')
  })

  it('can kill a confirmed run that no worker takes', async () => {
    const { world, workers } = await scene()
    await using _ = world
    const run = await world.trigger('s', 'TRACKED')
    await workers[0].plan()
    await workers[0].heartbeat(null, true)
    await world.runs.confirm('s', run.id, person)
    await expect(world.runs.cancel('s', run.id, person)).rejects.toMatchObject({ code: 'conflict' })
    expect((await world.runs.kill('s', run.id, person)).state).toBe('STOPPED')
  })

  it('cancel what waits', async () => {
    const { world } = await scene(0)
    await using _ = world
    const ready = await world.trigger('s', 'TRACKED')
    const queued = await world.trigger('s', 'TRACKED')
    expect((await world.runs.cancel('s', queued.id, person)).state).toBe('CANCELED')
    const again = await world.trigger('s', 'TASK')
    expect((await world.runs.cancel('s', ready.id, person)).state).toBe('CANCELED')
    expect(await world.state(again.id)).toBe('READY')
  })

  it('retry a run that is over with the stack as it was then', async () => {
    const { world, pool, workers } = await scene()
    await using _ = world
    await world.stack(pool, 'd', { source: { kind: 'none' }, image: 'then' })
    const run = await world.trigger('d', 'TASK', {
      command: 'first\nsecond',
      skipInitialization: true,
      metadata: ['mine'],
    })
    await workers[0].finish(await workers[0].job(), { result: 'failed' })
    await world.write(async (tables) => {
      const stack = await tables.stacks.get('d')
      if (stack) await tables.stacks.replace({ ...stack, snapshot: { ...stack.snapshot, image: 'now' } })
    })
    const again = await world.runs.retry('d', run.id, { id: 'api::02', name: 'Bob' })
    expect(again).toMatchObject({ type: 'TASK', title: 'first', command: 'first\nsecond', triggeredBy: 'api::02' })
    expect((await world.runs.history(again.id)).at(-1)?.note).toBe(`retry of run ${run.id}`)
    const document = await world.jobs.document(workers[0].caller, await workers[0].job())
    expect(document).toMatchObject({ image: 'then', phases: ['PERFORMING'], run: again.id, metadata: ['mine'] })
  })

  it('keep what people give along, in order; a retry has none of what confirmed the first', async () => {
    const { world, workers } = await scene()
    await using _ = world
    const worker = workers[0]
    const documentNow = async () => world.jobs.document(worker.caller, await worker.job())
    const run = await world.trigger('s', 'TRACKED', { metadata: ['triggered', 'ä "quoted"'] })
    expect(await documentNow()).toMatchObject({ metadata: ['triggered', 'ä "quoted"'] })
    await worker.plan()
    await expect(world.runs.confirm('s', run.id, { ...person, metadata: Array(21).fill('') })).rejects.toThrow(
      'metadata: expected at most 20 texts, came 21',
    )
    await world.runs.confirm('s', run.id, { ...person, metadata: ['confirmed'] })
    expect(await documentNow()).toMatchObject({ metadata: ['triggered', 'ä "quoted"', 'confirmed'] })
    await worker.finish(await worker.job(), { result: 'failed' })
    await world.runs.retry('s', run.id, person)
    expect(await documentNow()).toMatchObject({ metadata: ['triggered', 'ä "quoted"'] })
  })

  it('are told everything that is wrong with a run at once', async () => {
    const { world, pool } = await scene()
    await using _ = world
    await expect(world.runs.trigger({ stack: 's', type: 'TASK', commit: 'main' }, person)).rejects.toMatchObject({
      code: 'bad-request',
      message:
        "command: expected one for a TASK; commit: expected none, because the stack's source is not a git repository",
    })
    await expect(
      world.runs.trigger({ stack: 's', type: 'TRACKED', command: 'x', skipInitialization: true }, person),
    ).rejects.toMatchObject({
      message:
        'command: expected none for a TRACKED run; skipInitialization: expected for a TASK only, not a TRACKED run',
    })
    await expect(world.trigger('nowhere', 'TRACKED')).rejects.toMatchObject({ code: 'not-found' })
    await world.stack(null, 'homeless')
    await expect(world.trigger('homeless', 'TRACKED')).rejects.toMatchObject({ code: 'conflict' })
    await world.stack(pool, 'git', { source: { kind: 'git', url: 'https://x/y', ref: 'main', commit: null } })
    await expect(world.trigger('git', 'TRACKED', { commit: 'abc' })).rejects.toMatchObject({ code: 'bad-request' })
    const run = await world.trigger('git', 'TRACKED', { commit: 'a'.repeat(40) })
    expect(run.commit).toMatchObject({ hash: 'a'.repeat(40), branch: 'main' })
  })

  it('see runs newest first, a page at a time', async () => {
    const { world, pool } = await scene(0)
    await using _ = world
    await world.stack(pool, 't')
    const made = []
    for (const type of ['TRACKED', 'PROPOSED', 'TASK'] as const) made.push((await world.trigger('s', type)).id)
    await world.trigger('t', 'TRACKED')
    const ids = async (filter: object) => (await world.runs.list({ limit: 10, ...filter })).map((run) => run.id)
    expect(await ids({ stack: 's' })).toEqual([...made].reverse())
    expect(await ids({ stack: 's', types: ['PROPOSED', 'TASK'] })).toEqual([made[2], made[1]])
    expect(await ids({ stack: 's', before: made[2], limit: 1 })).toEqual([made[1]])
    expect(await ids({ stack: 's', before: made[0] })).toEqual([])
  })
})
