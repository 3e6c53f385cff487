import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LauncherError } from '../../launcher/src/base/errors.ts'
import { WorkerFile } from '../../launcher/src/control/worker-file.ts'
import type { Heartbeat } from '../../protocol/worker.ts'
import { FakeControlPlane, makeCertificates, type ControlPlaneOptions } from '../fakes/control-plane.ts'
import { refusal } from '../fakes/faults.ts'
import { sampleJob } from '../fakes/jobs.ts'
import { MemoryEngine } from '../fakes/memory-engine.ts'
import { until } from '../fakes/until.ts'
import { apiOf } from './control/https-world.ts'
import { launchWith } from './launcher-world.ts'

const certificates = makeCertificates()
let directory: string
let plane: FakeControlPlane
const started: Promise<unknown>[] = []
const stoppers: (() => void)[] = []

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'launcher-'))
  plane = await FakeControlPlane.start({ certificates, heartbeatSeconds: 0.2 })
})
afterEach(async () => {
  for (const stop of stoppers.splice(0)) stop()
  await Promise.allSettled(started.splice(0))
  await plane.close()
  await rm(directory, { recursive: true })
})

const replaced = async (before: FakeControlPlane, options: ControlPlaneOptions) => {
  await before.close()
  return FakeControlPlane.start({ certificates, ...options })
}

interface LaunchedWith {
  readonly engine?: MemoryEngine
  readonly left?: string
  readonly env?: Readonly<Record<string, string>>
}

const launch = async ({ env: more, ...options }: LaunchedWith = {}) => {
  const env = {
    ...plane.env,
    SPACELIFT_LAUNCHER_DIRECTORY: directory,
    SPACELIFT_LAUNCHER_HEALTH_PORT: '0',
    SPACELIFT_METADATA_zone: 'b',
    ...more,
  }
  const world = await launchWith({ env, ...options })
  started.push(world.over)
  stoppers.push(() => [1, 2].map(() => world.launcher.stop('end of the test')))
  return world
}

const heartbeats = () => plane.calls(/heartbeat$/).map(({ body }) => body as Heartbeat)
const gone = () => plane.broker.published.map(({ message }) => message?.crashed)

describe('a launcher', () => {
  it('is ready when it is registered and subscribed', async () => {
    const { ready, health, logged } = await launch()
    const { worker } = await ready()
    expect([...plane.workers.keys()]).toEqual([worker])
    expect(plane.known(worker).registration).toMatchObject({ launcher: { version: '1.2.3' }, metadata: { zone: 'b' } })
    expect(plane.broker.subscribed).toEqual([worker])
    await until('a heartbeat', () => heartbeats().length > 0)
    expect(await health('/readyz')).toEqual({ status: 200, text: 'ok\n' })
    expect(await health('/livez')).toEqual({ status: 200, text: 'ok\n' })
    expect((await health('/metrics')).text).toContain('spacelift_launcher_state{state="ready"} 1')
    expect(logged('launcher ready')).toHaveLength(1)
  })

  it('takes a job once when it is rung a hundred times', async () => {
    const { ready, conductor } = await launch()
    const { worker } = await ready()
    const held = await plane.give(sampleJob(worker))
    await Promise.all(Array.from({ length: 100 }, () => plane.ring(worker, held.document.id)))
    await until('the job is in hand', () => heartbeats().some(({ job }) => job === held.document.id))
    await until('two more heartbeats', () => heartbeats().filter(({ job }) => job !== null).length >= 3)
    expect(conductor.conducted).toEqual([held.document.id])
    expect(plane.calls(/orders$/).length).toBeLessThan(100)
    conductor.end()
    await until('the report', () => held.reports.length === 1)
    await until('idle again', () => heartbeats().at(-1)?.job === null)
    expect(conductor.conducted).toEqual([held.document.id])
  })

  it('takes one job after the other', async () => {
    const { ready, conductor, health } = await launch()
    const { worker } = await ready()
    for (const round of [1, 2, 3]) {
      const held = await plane.give(sampleJob(worker))
      await until('in hand', () => conductor.conducted.length === round)
      conductor.end()
      await until('reported', () => held.reports.length === 1)
    }
    expect((await health('/metrics')).text).toContain('spacelift_launcher_jobs_total{result="succeeded"} 3')
  })

  it('takes the next job at once when it is rung for it before it has heard that its report was taken', async () => {
    plane = await replaced(plane, { heartbeatSeconds: 3600 })
    const { ready, conductor, logged } = await launch()
    const { worker } = await ready()
    const first = await plane.give(sampleJob(worker))
    await until('in hand', () => conductor.conducted.length === 1)
    const reported = plane.holdAnswer(/reports$/)
    conductor.end()
    await until('the report', () => first.reports.length === 1)
    const second = await plane.give(sampleJob(worker))
    const asked = plane.calls(/orders$/).length
    await until('it was rung', () => plane.calls(/orders$/).length > asked)
    reported.release()
    await until('the next one in hand', () => conductor.conducted.length === 2)
    expect(conductor.conducted).toEqual([first.document.id, second.document.id])
    expect(conductor.stops).toEqual([])
    expect(logged('trying again')).toEqual([])
    conductor.end()
  })

  it('does not deny a job while it looks after what an earlier process left, and takes it afterwards', async () => {
    const { conductor } = await launch()
    const recovered = Promise.withResolvers<void>()
    conductor.recovering = recovered.promise
    await until('registered', () => plane.workers.size === 1)
    const [worker = ''] = plane.workers.keys()
    const { document } = await plane.give(sampleJob(worker))
    await until('it is named', () => heartbeats().at(-1)?.job === document.id)
    expect(conductor.conducted).toEqual([])
    recovered.resolve()
    await until('in hand', () => conductor.conducted[0] === document.id)
    conductor.end()
  })

  it('takes a job although nobody can ring', async () => {
    const { ready, conductor, health } = await launch()
    const { worker } = await ready()
    await plane.broker.stop()
    await until('offline', async () => (await health('/readyz')).status === 503)
    expect((await health('/livez')).status).toBe(200)
    const { document } = await plane.give(sampleJob(worker))
    await until('in hand', () => conductor.conducted[0] === document.id)
    conductor.end()
  })

  it('never shows its session or its key', async () => {
    const { ready, lines } = await launch()
    const { worker } = await ready()
    plane.forget(worker)
    await until('registered again', () => plane.workers.size === 1)
    const text = JSON.stringify(lines)
    expect(text).not.toContain('session of')
    expect(text).not.toContain('PRIVATE KEY')
  })
})

describe('orders', () => {
  const withJob = async () => {
    const world = await launch()
    const { worker } = await world.ready()
    const held = await plane.give(sampleJob(worker))
    await until('in hand', () => world.conductor.conducted.length === 1)
    return { ...world, worker, held, known: plane.known(worker) }
  }

  it.each([
    ['stop', 'stopped'],
    ['kill', 'killed'],
  ] as const)('%s the job in hand, and say who asked', async (kind, cause) => {
    const { conductor, known, worker } = await withJob()
    known.stop = { kind, by: 'ada', note: 'wrong branch' }
    await plane.ring(worker)
    await until('the stop', () => conductor.stops[0])
    expect(conductor.stops[0]).toMatchObject({ cause, by: 'ada', note: 'wrong branch' })
  })

  it('without the job in hand end it, and nothing is reported', async () => {
    const { conductor, held } = await withJob()
    await plane.take(held.document.id)
    await until('the stop', () => conductor.stops[0])
    expect(conductor.stops[0]?.cause).toBe('job-lost')
    expect(held.reports).toEqual([])
  })

  it('leave: ends the job, reports it, and the launcher', async () => {
    const { conductor, known, over, held } = await withJob()
    known.leave = 'the pool was cycled'
    await over
    expect(conductor.stops[0]).toMatchObject({ cause: 'launcher-stopping', note: 'the pool was cycled' })
    expect(held.reports).toHaveLength(1)
    expect(plane.goodbyes).toHaveLength(1)
  })

  it('of a drained worker leave the job in hand alone', async () => {
    const { conductor, known, worker } = await withJob()
    known.drained = true
    await plane.ring(worker)
    const before = heartbeats().length
    await until('two heartbeats', () => heartbeats().length > before + 1)
    expect(conductor.stops).toEqual([])
    conductor.end()
  })
})

describe('stopping', () => {
  it('is over soon when there is no job, with a goodbye', async () => {
    const { ready, launcher, over } = await launch()
    await ready()
    expect(await readdir(directory)).toContain('worker.json')
    launcher.stop('SIGTERM')
    await over
    expect(plane.goodbyes).toEqual(['the launcher was told to stop'])
    await until('the message', () => gone().length > 0)
    expect(gone()).toEqual([false])
    expect(await readdir(directory)).not.toContain('worker.json')
  })

  it('lets the job in hand finish, takes no other, and says that it drains', async () => {
    const { ready, launcher, over, conductor, health } = await launch()
    const { worker } = await ready()
    const held = await plane.give(sampleJob(worker))
    await until('in hand', () => conductor.conducted.length === 1)
    launcher.stop('SIGTERM')
    await until('it says so', () => heartbeats().some(({ draining, job }) => draining && job === held.document.id))
    expect(await health('/readyz')).toMatchObject({ status: 503, text: 'state: draining: SIGTERM\n' })
    expect(await health('/livez')).toMatchObject({ status: 200 })
    expect(plane.goodbyes).toEqual([])
    expect(conductor.stops).toEqual([])
    conductor.end()
    await over
    expect(held.reports).toHaveLength(1)
    expect(conductor.conducted).toHaveLength(1)
    expect(plane.goodbyes).toHaveLength(1)
  })

  it('takes no job while it drains', async () => {
    const { ready, launcher, over, conductor } = await launch()
    const { worker } = await ready()
    const first = await plane.give(sampleJob(worker))
    await until('in hand', () => conductor.conducted.length === 1)
    launcher.stop('SIGTERM')
    await until('it says so', () => heartbeats().some(({ draining }) => draining))
    // The first one ends and another is given before the launcher has left: as a mothership does that did not hear of the drain.
    plane.faults.plan(/goodbye/, { kind: 'silence' })
    conductor.end()
    await until('reported', () => first.reports.length === 1)
    await plane.give(sampleJob(worker))
    await over
    expect(conductor.conducted).toEqual([first.document.id])
  })

  it('interrupts the job at the second request, and ends at the third', async () => {
    const { ready, launcher, over, conductor, exits } = await launch()
    const { worker } = await ready()
    await plane.give(sampleJob(worker))
    await until('in hand', () => conductor.conducted.length === 1)
    launcher.stop('SIGTERM')
    launcher.stop('SIGINT')
    launcher.stop('SIGINT')
    expect(exits).toEqual([130])
    await over
    expect(conductor.stops).toMatchObject([{ cause: 'launcher-stopping', note: 'SIGINT' }])
  })

  it('says no goodbye when the end of a job was not heard, so that the next launcher can tell it', async () => {
    const { ready, launcher, over, conductor } = await launch()
    await ready()
    conductor.owing = true
    launcher.stop('SIGTERM')
    await over
    expect(plane.goodbyes).toEqual([])
    expect(gone()).toEqual([])
    expect(await readdir(directory)).toContain('worker.json')
  })

  it('is not held by a control plane and a broker that are gone', async () => {
    const { ready, launcher, over, logged } = await launch()
    await ready()
    await plane.close()
    launcher.stop('SIGTERM')
    await over
    expect(logged('goodbye was not heard')).toHaveLength(1)
    // Its successor tries to go on as the same worker.
    expect(await readdir(directory)).toContain('worker.json')
  })

  it('is over at once when it comes before the launcher is registered', async () => {
    plane.faults.plan(/workers$/, refusal(403, 'certificate-refused'), 9)
    const { launcher, over, logged } = await launch()
    await until('it was refused', () => logged('cannot register yet').length > 0)
    launcher.stop('SIGTERM')
    await over
    expect(plane.goodbyes).toEqual([])
  })
})

describe('starting', () => {
  it('waits for the engine, and says so', async () => {
    const engine = new MemoryEngine()
    engine.break('info', () => new LauncherError('ENGINE_UNREACHABLE', 'no engine at unix:///x'))
    const { ready, logged } = await launch({ engine })
    await until('it says so', () => logged('waiting for the Docker engine')[0])
    expect(plane.heard).toEqual([])
    engine.mend('info')
    await ready()
  })

  it('gives up on an engine that is too old', async () => {
    const engine = new MemoryEngine()
    engine.break('info', () => new LauncherError('ENGINE_TOO_OLD', 'the engine is of 2015'))
    await expect((await launch({ engine })).over).rejects.toMatchObject({ code: 'ENGINE_TOO_OLD' })
  })

  it('gives up on a control plane of another protocol', async () => {
    plane.otherProtocol = true
    await expect((await launch()).over).rejects.toMatchObject({ code: 'CONFIGURATION' })
  })

  it('gives up on a directory that it cannot make', async () => {
    const outer = directory
    directory = '/dev/null/spacelift'
    const { over } = await launch()
    await expect(over).rejects.toMatchObject({ code: 'CONFIGURATION' })
    directory = outer
  })

  it('goes on with the job of an earlier process before it looks at orders, as the same worker', async () => {
    const before = apiOf(plane)
    const registered = await before.register()
    before.https.close()
    await new WorkerFile(directory).write(registered)
    const held = await plane.give(sampleJob(registered.worker))
    const left = held.document.id
    const { ready, conductor } = await launch({ left })
    expect((await ready()).worker).toBe(registered.worker)
    expect(conductor.conducted).toEqual([left])
    await until('it says so', () => heartbeats().some(({ job }) => job === left))
    conductor.end()
    await until('the report', () => held.reports.length === 1)
    expect(conductor.conducted).toEqual([left])
  })
})

describe('when it is forgotten', () => {
  it('registers again, and hears rings as the new worker', async () => {
    const { ready, conductor, logged } = await launch()
    const { worker } = await ready()
    plane.forget(worker)
    plane.broker.cut()
    const now = await until('a new worker', () => [...plane.workers.keys()][0])
    expect(now).not.toBe(worker)
    await until('subscribed', () => plane.broker.subscribed.includes(now))
    // The channel may be quicker than whoever registered.
    await until('the line', () => logged('registered again').length > 0)
    expect(logged('registered again')).toMatchObject([{ worker: now }])
    const { document } = await plane.give(sampleJob(now))
    await until('in hand', () => conductor.conducted[0] === document.id)
    conductor.end()
  })

  it('gives up a job that is not the new worker’s', async () => {
    const { ready, conductor } = await launch()
    const { worker } = await ready()
    await plane.give(sampleJob(worker))
    await until('in hand', () => conductor.conducted.length === 1)
    plane.forget(worker)
    await until('the stop', () => conductor.stops[0])
    expect(conductor.stops[0]?.cause).toBe('job-lost')
  })
})

describe('when its certificate is refused', () => {
  it('says so, and does not ask again soon', async () => {
    const { ready, logged } = await launch()
    await ready()
    plane.faults.plan(/heartbeat|orders/, refusal(403, 'certificate-refused'), 1000)
    await until('it says so', () => logged('no orders')[0])
    const before = plane.heard.length
    const { worker } = await ready()
    for (let times = 0; times < 20; times++) await plane.ring(worker)
    await new Promise((resolve) => setImmediate(resolve))
    expect(plane.heard.length).toBe(before)
    expect(logged('no orders')).toHaveLength(1)
    expect(logged('no orders')[0]?.['nextMs']).toBeGreaterThanOrEqual(120_000)
  })
})

describe('a launcher that leaves by itself', () => {
  const launchGoing = async () => {
    const notice = join(directory, 'going')
    const world = await launch({ env: { SPACELIFT_LAUNCHER_SPOT_NOTICE: notice } })
    return { ...world, notice }
  }

  it('does so after its last job, and takes no other one', async () => {
    const { ready, conductor, over } = await launch({ env: { SPACELIFT_LAUNCHER_EXIT_AFTER_JOBS: '1' } })
    const { worker } = await ready()
    const held = await plane.give(sampleJob(worker))
    await until('it says that it drains', () => heartbeats().at(-1)?.draining === true)
    conductor.end()
    expect(await over).toBe(0)
    expect(held.reports).toHaveLength(1)
    expect(gone()).toEqual([false])
  })

  it('does so when it had nothing to do', async () => {
    const { over } = await launch({ env: { SPACELIFT_LAUNCHER_EXIT_AFTER_IDLE: '300ms' } })
    expect(await over).toBe(0)
    expect(gone()).toEqual([false])
  })

  it('does so when its machine goes', async () => {
    const { ready, over, notice, logged } = await launchGoing()
    await ready()
    await writeFile(notice, '')
    expect(await over).toBe(0)
    expect(logged('the machine goes')[0]).toMatchObject({ why: `${notice} is there`, leftMs: 120_000 })
  })

  it('interrupts its job when its machine goes soon', async () => {
    const { ready, over, notice, conductor } = await launchGoing()
    const { worker } = await ready()
    await plane.give(sampleJob(worker))
    await until('the job is in hand', () => conductor.conducted.length === 1)
    await writeFile(notice, new Date(Date.now() + 30_000).toISOString())
    expect(await over).toBe(0)
    expect(conductor.stops[0]).toMatchObject({ cause: 'launcher-stopping', note: `${notice} is there` })
    expect(conductor.stops[0]?.haste?.graces.interruptMs).toBeLessThan(15_000)
  })
})
