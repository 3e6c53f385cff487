import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkJob } from '../../../protocol/job.ts'
import { bytesOf, person, type TestWorker, World } from './world.ts'

async function scene(type: 'TRACKED' | 'TASK' | 'PROPOSED' = 'TRACKED', stack: object = {}) {
  const world = await World.open()
  const pool = await world.pool()
  await world.stack(pool, 's', stack)
  const worker = await world.worker(pool)
  const run = await world.trigger('s', type)
  return { world, pool, worker, run, job: await worker.job() }
}

const lost = { code: 'job-lost' }

describe('a start', () => {
  it('is granted to one claim, as often as that one asks', async () => {
    const { world, worker, job } = await scene()
    await using _ = world
    const [mine, other] = [world.newId(), world.newId()]
    await world.jobs.start(worker.caller, job, mine)
    await world.jobs.start(worker.caller, job, mine)
    await expect(world.jobs.start(worker.caller, job, other)).rejects.toMatchObject({ code: 'already-started' })
    await world.restart()
    await expect(world.jobs.start(worker.caller, job, other)).rejects.toMatchObject({ code: 'already-started' })
  })

  it('comes before any phase', async () => {
    const { world, worker, job, run } = await scene()
    await using _ = world
    await expect(worker.phase(job, 'INITIALIZING')).rejects.toMatchObject({ code: 'bad-request' })
    expect(await world.state(run.id)).toBe('PREPARING')
  })
})

describe('a job', () => {
  it('is lost to everybody but its worker', async () => {
    const { world, pool, job } = await scene()
    await using _ = world
    const stranger: TestWorker = await world.worker(pool)
    const { caller } = stranger
    const calls = [
      world.jobs.document(caller, job),
      world.jobs.start(caller, job, world.newId()),
      world.jobs.report(caller, job, stranger.finished()),
      world.jobs.logHeld(caller, job),
      stranger.append(job, 0, Buffer.from('x')),
      world.jobs.source(caller, job),
      world.jobs.workspace(caller, job),
      world.jobs.storeWorkspace(caller, job, Readable.from([])),
      world.jobs.storeErroredState(caller, job, Readable.from([])),
      world.jobs.document({ ...caller, pool: world.newId() }, job),
      world.jobs.document(caller, world.newId()),
    ]
    for (const call of calls) await expect(call).rejects.toMatchObject(lost)
  })

  it('answers a repeated last report and log range as before, and nothing else, once it has ended', async () => {
    const { world, worker } = await scene('TASK')
    await using _ = world
    const job = await worker.start()
    await worker.log(job, 'hello')
    const finished = worker.finished({ result: 'failed' })
    await world.jobs.report(worker.caller, job, finished)
    await world.jobs.report(worker.caller, job, finished)
    expect(await worker.append(job, 1, Buffer.from('ello'))).toBe(5)
    expect(await world.jobs.logHeld(worker.caller, job)).toBe(5)
    await expect(worker.append(job, 5, Buffer.from('!'))).rejects.toMatchObject(lost)
    await expect(worker.finish(job)).rejects.toMatchObject(lost)
    await expect(world.jobs.document(worker.caller, job)).rejects.toMatchObject(lost)
  })

  it('does not end before its whole log is held', async () => {
    const { world, worker, run } = await scene('TASK')
    await using _ = world
    const job = await worker.start()
    await worker.append(job, 0, Buffer.from('hel'))
    const finished = worker.finished({ result: 'failed' }, 5)
    await expect(world.jobs.report(worker.caller, job, finished)).rejects.toMatchObject({
      code: 'log-incomplete',
      held: 3,
    })
    expect(await world.state(run.id)).toBe('PREPARING')
    await worker.append(job, 3, Buffer.from('lo'))
    await world.jobs.report(worker.caller, job, finished)
    expect(await world.state(run.id)).toBe('FAILED')
  })

  it('hears a report once, however often it comes', async () => {
    const { world, worker, run } = await scene()
    await using _ = world
    const job = await worker.start()
    const report = { kind: 'phase', sequence: 1, at: 0, phase: 'INITIALIZING', logOffset: 0 } as const
    await Promise.all([1, 2, 3].map(() => world.jobs.report(worker.caller, job, report)))
    await world.jobs.report(worker.caller, job, { ...report, phase: 'PLANNING' })
    expect(await world.course(run.id)).toEqual(['QUEUED', 'READY', 'PREPARING', 'INITIALIZING'])
  })

  it('says how much output was lost', async () => {
    const { world, worker, run } = await scene('TASK')
    await using _ = world
    const job = await worker.start()
    await world.jobs.report(worker.caller, job, { ...worker.finished({ result: 'failed' }), lostBytes: 7 } as never)
    expect((await world.runs.get(run.id))?.note).toBe('EXITED: it broke; 7 bytes of output could not be kept')
  })
})

describe('a document', () => {
  it('holds what the worker needs and passes the protocol', async () => {
    const { world, worker, run, job } = await scene('TRACKED', {
      environment: [{ name: 'A', value: 'b', secret: true, access: 'read' }],
      hooks: { beforePlan: ['true'] },
      state: 'managed',
      source: { kind: 'git', url: 'https://x/y', ref: 'main', commit: null },
    })
    await using _ = world
    const document = await world.jobs.document(worker.caller, job)
    expect(checkJob(document)).toMatchObject({ ok: true })
    expect(document).toMatchObject({
      id: job,
      run: run.id,
      worker: worker.id,
      phases: ['INITIALIZING', 'PLANNING'],
      pause: true,
      continues: null,
      environment: [{ name: 'A', value: 'b' }],
      hooks: { beforePlan: ['true'] },
      source: { kind: 'git', commit: null },
      state: { address: 'https://m/state/s', username: run.id, insist: true },
    })
  })

  it('has no state where somebody else keeps it', async () => {
    const { world, worker, job } = await scene('TRACKED', { state: 'elsewhere' })
    await using _ = world
    expect((await world.jobs.document(worker.caller, job)).state).toBeNull()
  })

  it('of the job after a pause goes on with the workspace', async () => {
    const { world, worker, run } = await scene()
    await using _ = world
    await worker.plan()
    await world.runs.confirm('s', run.id, person)
    const job = await worker.job()
    const document = await world.jobs.document(worker.caller, job)
    expect(document).toMatchObject({ phases: ['APPLYING'], pause: false, continues: { length: 6 } })
    const { length, content } = await world.jobs.workspace(worker.caller, job)
    expect([length, (await bytesOf(content)).toString()]).toEqual([6, 'sealed'])
    await expect(worker.keep(job)).rejects.toMatchObject({ code: 'bad-request' })
  })

  it('that cannot be made fails the run and frees the worker', async () => {
    const { world, worker, run, job } = await scene('TRACKED', { description: 'cannot be opened' })
    await using _ = world
    await expect(world.jobs.document(worker.caller, job)).rejects.toMatchObject(lost)
    expect(await world.runs.get(run.id)).toMatchObject({
      state: 'FAILED',
      note: expect.stringContaining('do not open'),
    })
    expect((await worker.orders()).job).toBeNull()
    expect(world.warnings).toHaveLength(1)
  })
})

describe('what a job fetches and leaves', () => {
  it('is its source archive, while a run holds it', async () => {
    const world = await World.open()
    await using _ = world
    const pool = await world.pool()
    const source = { id: world.newId(), length: 9, sha256: 'a'.repeat(64), createdAt: 0 }
    await world.write((tables) => tables.sources.insert(source))
    await world.stack(pool, 's', { source: { kind: 'archive', ...source, uploadedAt: 0 } })
    const worker = await world.worker(pool)
    const run = await world.trigger('s', 'TASK')
    const unheld = () => world.read((tables) => tables.sources.unheld(1, 10))
    expect(await unheld()).toEqual([])
    const job = await worker.job()
    const { length, content } = await world.jobs.source(worker.caller, job)
    expect([length, (await bytesOf(content)).toString()]).toEqual([9, `source ${source.id}`])
    await worker.finish(job, { result: 'failed' })
    expect(await unheld()).toHaveLength(1)
    await world.write((tables) => tables.sources.remove(source.id))
    await expect(world.runs.retry('s', run.id, person)).rejects.toMatchObject({ code: 'conflict' })
  })

  it('are the results of a job that was started, kept for its run as far as the job could have them', async () => {
    const { world, worker, run, job } = await scene()
    await using _ = world
    const plan = { add: 1, change: 0, destroy: 0, import: 0, forget: 0, resources: 1, changes: [] }
    const send = (results: unknown) =>
      world.jobs.storeResults(worker.caller, job, Readable.from([Buffer.from(JSON.stringify(results))]))
    const results = { plan, outputs: null, planInputs: [] }
    await expect(send(results)).rejects.toMatchObject({ code: 'bad-request' })
    await worker.start()
    await expect(send({ plan: { add: -1 } })).rejects.toMatchObject({ code: 'bad-request' })
    await expect(send('x'.repeat(17 * 1024 * 1024))).rejects.toMatchObject({ code: 'too-large' })
    expect((await send(results)).length).toBe(JSON.stringify(results).length)
    const about = { run: run.id, stack: 's', changes: false, sensitive: true }
    expect(world.results).toEqual([{ about, results }])
  })

  it('is a state that the tool could not save, also after the run was given up', async () => {
    const { world, worker, run, job } = await scene()
    await using _ = world
    await expect(
      world.jobs.storeErroredState(worker.caller, job, Readable.from([Buffer.from('{}')])),
    ).rejects.toMatchObject(lost)
    await worker.start()
    world.clock.advance(120_000)
    await world.sweep.once()
    expect(await world.state(run.id)).toBe('FAILED')
    await world.jobs.storeErroredState(worker.caller, job, Readable.from([Buffer.from('{}')]))
    expect(world.rescued).toEqual([{ stack: 's', run: run.id, content: '{}' }])
  })

  it('is removed when the run ended while it was on its way', async () => {
    const { world, worker, run } = await scene()
    await using _ = world
    const job = await worker.start()
    const slow = new Readable({ read: () => undefined })
    const stored = world.jobs.storeWorkspace(worker.caller, job, slow)
    stored.catch(() => {})
    slow.push('sealed')
    world.clock.advance(120_000)
    await world.sweep.once()
    slow.push(null)
    await expect(stored).rejects.toMatchObject(lost)
    expect(await world.state(run.id)).toBe('FAILED')
    expect([...world.objects.kept.keys()]).toEqual([])
  })
})

const upsets: readonly ((world: World) => Promise<unknown>)[] = [
  async () => {},
  async (world) => (world.objects.tear = true),
  async (world) => world.faults.push('answer-lost'),
  async (world) => world.faults.push('undone'),
  (world) => world.restart(),
]

describe('a log', () => {
  it('is the bytes that were sent, whatever ranges come in whatever order, twice, at once, or over a crash', async () => {
    const ranges = fc.array(
      fc.record({ at: fc.nat({ max: 199 }), length: fc.integer({ min: 1, max: 60 }), upset: fc.nat({ max: 9 }) }),
      {
        minLength: 1,
        maxLength: 25,
      },
    )
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 200, maxLength: 200 }), ranges, async (bytes, all) => {
        const { world, worker, run, job } = await scene('TASK')
        await using _ = world
        world.objects.beforeAppend = async (piece) => (piece.byteLength % 2 ? setImmediate() : undefined)
        let before = 0
        const send = (at: number, length: number) =>
          worker.append(job, at, bytes.subarray(at, at + length)).catch(() => -1)
        for (const { at, length, upset } of all) {
          await upsets[upset]?.(world)
          const held = await world.jobs.logHeld(worker.caller, job)
          expect(held).toBeGreaterThanOrEqual(before)
          // Half of the ranges begin where they can be taken.
          const from = upset % 2 ? at : Math.max(held - (at % 20), 0)
          const calls = [send(from, length), ...(upset > 6 ? [send(from, length + 7), send(held, 5)] : [])]
          before = Math.max(held, ...(await Promise.all(calls)))
        }
        world.faults = []
        world.objects.tear = false
        const held = await world.jobs.logHeld(worker.caller, job)
        if (held < 200) await worker.append(job, held, bytes.subarray(held))
        expect(await world.jobs.logHeld(worker.caller, job)).toBe(200)
        expect(new Uint8Array(world.objects.kept.get(`logs/${run.id}/${job}`) ?? [])).toEqual(bytes)
      }),
      { numRuns: 60 },
    )
  })

  it('takes nothing more for a job that is taken while bytes are on their way', async () => {
    const { world, worker, run, job } = await scene()
    await using _ = world
    const gate = Promise.withResolvers<void>()
    world.objects.beforeAppend = () => gate.promise
    const appended = worker.append(job, 0, Buffer.from('late'))
    appended.catch(() => {})
    world.clock.advance(120_000)
    await world.sweep.once()
    gate.resolve()
    await expect(appended).rejects.toMatchObject(lost)
    const { text } = await world.runs.log(run.id, { state: 'PREPARING', version: 2 }, null)
    expect(text).toBe('')
  })

  it('refuses a gap, and says what is held', async () => {
    const { world, worker, job } = await scene()
    await using _ = world
    await worker.append(job, 0, Buffer.from('abc'))
    await expect(worker.append(job, 4, Buffer.from('e'))).rejects.toMatchObject({ code: 'log-incomplete', held: 3 })
  })
})
