import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeControlPlane, makeCertificates } from '../fakes/control-plane.ts'
import { sampleJob } from '../fakes/jobs.ts'
import { FakeKubernetesApi, forbidden } from '../fakes/kubernetes-api.ts'
import { until } from '../fakes/until.ts'
import { launchWith } from './launcher-world.ts'

const certificates = makeCertificates()
let directory: string
let plane: FakeControlPlane
let cluster: FakeKubernetesApi
const worlds: Awaited<ReturnType<typeof launchWith>>[] = []

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pod-'))
  plane = await FakeControlPlane.start({ certificates, heartbeatSeconds: 0.2 })
  cluster = await FakeKubernetesApi.start()
})
afterEach(async () => {
  for (const { launcher } of worlds) [1, 2].forEach(() => launcher.stop('end of the test'))
  await Promise.allSettled(worlds.splice(0).map(({ over }) => over))
  await Promise.all([plane.close(), cluster.close()])
  await rm(directory, { recursive: true })
})

const launch = async (options: { left?: string; env?: Record<string, string> } = {}) => {
  const env = {
    ...plane.env,
    SPACELIFT_LAUNCHER_DIRECTORY: join(directory, 'launcher'),
    SPACELIFT_LAUNCHER_HEALTH_PORT: '0',
    ...options.env,
  }
  const pod = await cluster.mount(join(directory, 'account'))
  const world = await launchWith({ env, left: options.left ?? null, more: { pod } })
  worlds.push(world)
  return world
}

describe('a launcher in a pod', () => {
  it('is idle when it is ready, busy before its job begins, and idle again after the last report', async () => {
    const { ready, conductor, health } = await launch()
    const { worker } = await ready()
    await until('idle', () => cluster.busy === 'false')
    let busyAtFirst: string | undefined
    conductor.begun = () => (busyAtFirst = cluster.busy)
    const held = await plane.give(sampleJob(worker))
    await until('in hand', () => conductor.conducted.length === 1)
    expect(busyAtFirst).toBe('true')
    const answer = plane.holdAnswer(/reports$/)
    conductor.end()
    await until('the report', () => held.reports.length === 1)
    expect(cluster.busy).toBe('true')
    answer.release()
    await until('idle again', () => cluster.busy === 'false')
    const { text } = await health('/metrics')
    expect(text).toContain('spacelift_launcher_pod_mark_calls_total{result="set"} 3')
    expect(text).toContain('spacelift_launcher_pod_mark_pending 0')
  })

  it('leaves the mark of an earlier process alone until what that left is settled', async () => {
    const { conductor } = await launch()
    const recovered = Promise.withResolvers<void>()
    conductor.recovering = recovered.promise
    await until('a heartbeat', () => plane.calls(/heartbeat$/).length > 0)
    expect(cluster.heard).toEqual([])
    recovered.resolve()
    await until('idle', () => cluster.busy === 'false')
  })

  it('works without marks when it may not set them', async () => {
    cluster.faults.plan(/PATCH/, forbidden, 100)
    const { ready, conductor, logged } = await launch()
    const { worker } = await ready()
    const held = await plane.give(sampleJob(worker))
    await until('in hand', () => conductor.conducted.length === 1)
    conductor.end()
    await until('the report', () => held.reports.length === 1)
    expect(logged('the pod is not marked while it is busy: what removes pods does not see it')).toHaveLength(1)
  })
})

describe('a launcher in a pod that is deleted', () => {
  const deletedIn = (seconds: number) => {
    cluster.pod.metadata.deletionTimestamp = new Date(Date.now() + seconds * 1000).toISOString()
    cluster.pod.metadata.deletionGracePeriodSeconds = seconds
  }
  const withJob = async (env: Record<string, string> = {}) => {
    const world = await launch({ env })
    const { worker } = await world.ready()
    const held = await plane.give(sampleJob(worker))
    await until('in hand', () => world.conductor.conducted.length === 1)
    return { ...world, held }
  }

  it('lets the job go on when the grace period is long enough', async () => {
    const { launcher, conductor, over, logged } = await withJob()
    deletedIn(3600)
    launcher.stop('SIGTERM')
    const planned = await until('it is known', () => logged('must be gone by a certain time')[0])
    expect(planned['why']).toBe('the end of the pod is near')
    expect(planned['interruptInMs']).toBeGreaterThan(3_400_000)
    expect(conductor.stops).toEqual([])
    conductor.end()
    await over
  })

  it('interrupts the job at once when the grace period is short, and shares it out', async () => {
    const { launcher, conductor, over, held } = await withJob({ SPACELIFT_LAUNCHER_INTERRUPT_GRACE: '40s' })
    deletedIn(30)
    launcher.stop('SIGTERM')
    const stop = await until('the stop', () => conductor.stops[0])
    expect(stop).toMatchObject({ cause: 'launcher-stopping', note: 'the end of the pod is near' })
    expect(stop.haste?.graces.interruptMs).toBeGreaterThan(10_000)
    expect(stop.haste?.graces.interruptMs).toBeLessThan(20_000)
    await over
    expect(held.reports).toHaveLength(1)
    expect(plane.goodbyes).toHaveLength(1)
  })

  it('goes by the shorter of drain timeout and grace period', async () => {
    const { launcher, conductor, logged } = await withJob({ SPACELIFT_LAUNCHER_DRAIN_TIMEOUT: '30s' })
    deletedIn(3600)
    launcher.stop('SIGTERM')
    await until('the stop', () => conductor.stops[0])
    expect(conductor.stops[0]).toMatchObject({ note: 'the drain timeout is near' })
    expect(logged('must be gone by a certain time')).toHaveLength(1)
  })

  it('is gone in time, whatever hangs', async () => {
    const { launcher, conductor, exits } = await withJob({ SPACELIFT_LAUNCHER_DRAIN_TIMEOUT: '300ms' })
    const answer = plane.holdAnswer(/reports$/)
    launcher.stop('SIGTERM')
    await until('the end', () => exits.length > 0)
    expect(exits).toEqual([1])
    expect(conductor.stops).toHaveLength(1)
    answer.release()
  })
})
