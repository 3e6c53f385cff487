import { describe, expect, it } from 'vitest'
import { logOf, says, startRun } from '../system/runs.ts'
import { mothership, over, reaches } from './control.ts'
import { until } from './kubernetes.ts'
import { sharedWorkers } from './shared-workers.ts'
import { busy, type Workers } from './workers.ts'

/** Waits until a pod was told to go. */
async function leaving(workers: Workers, name: string): Promise<void> {
  await until(`${name} to be told to go`, async () => (await workers.pod(name))?.metadata.deletionTimestamp)
}

async function gone(workers: Workers, name: string, uid: string): Promise<void> {
  await until(`${name} to be gone`, async () => (await workers.pod(name))?.metadata.uid !== uid)
}

/** Lets the held run of a pod that is leaving go on, and expects that it ends well before the pod does. */
async function endsWell(workers: Workers, run: string, pod: { name: string; uid: string }): Promise<void> {
  await leaving(workers, pod.name)
  expect((await workers.pod(pod.name))?.status.phase).toBe('Running')
  await workers.letGo(pod.name)
  expect((await over(workers.people, run)).state).toBe('FINISHED')
  expect(await logOf(workers.people, run)).toMatch(/done\n/)
  await gone(workers, pod.name, pod.uid)
}

/** Starts a run that waits, and answers it with its pod. */
async function held(workers: Workers, stack: string): Promise<{ run: string; pod: { name: string; uid: string } }> {
  const run = await workers.heldTask(stack)
  await says(workers.people, run, 'begun\n')
  const name = await workers.busyPod()
  return { run, pod: { name, uid: (await workers.pod(name))?.metadata.uid ?? '' } }
}

describe('a busy worker', () => {
  const shared = sharedWorkers({ name: 'stopping', values: { replicaCount: 2 } })
  const workload = 'statefulset/stopping-spacelift-worker'

  it('ends its run well when it is scaled away, and the idle one goes at once', async () => {
    const workers = await shared()
    const { run, pod } = await held(workers, 'scaled')
    await workers.kubectl('scale', workload, '--replicas=0')
    await until('the idle pod to be gone', async () => (await workers.pods()).length === 1)
    await endsWell(workers, run, pod)
    await workers.kubectl('scale', workload, '--replicas=2')
    await workers.settled(2)
  })

  it('ends its run well in the middle of a rollout', async () => {
    const workers = await shared()
    const { run, pod } = await held(workers, 'rolled')
    const before = (await workers.pods()).map(({ metadata }) => metadata.uid)
    await workers.kubectl('rollout', 'restart', workload)
    await endsWell(workers, run, pod)
    await workers.kubectl('rollout', 'status', workload, '--timeout=120s')
    const after = (await workers.settled(2)).map(({ metadata }) => metadata.uid)
    expect(after.filter((uid) => before.includes(uid))).toEqual([])
  })

  it('interrupts its run so that the tool saves its state when its pod has 30 seconds', async () => {
    const workers = await shared()
    const main = `resource "terraform_data" "first" {}
      resource "terraform_data" "second" {
        depends_on = [terraform_data.first]
        provisioner "local-exec" { command = "echo sleeping; sleep 300" }
      }`
    const files = JSON.stringify([{ path: 'source/main.tf', content: main }])
    const stack = await workers.stack('interrupted', `tool: opentofu\nautodeploy: true\nfiles: ${files}`)
    const run = await startRun(workers.people, stack)
    await says(workers.people, run, 'sleeping\n')
    const name = await workers.busyPod()
    const uid = (await workers.pod(name))?.metadata.uid ?? ''
    await workers.kubectl('delete', 'pod', name, '--grace-period=30', '--wait=false')
    const ended = await over(workers.people, run)
    expect(ended.state).toBe('FAILED')
    expect(ended.history.at(-1)?.note).toMatch(/stop/i)
    expect(await logOf(workers.people, run)).toContain('Interrupt received')
    await gone(workers, name, uid)
    expect(JSON.stringify(await mothership('stack', 'state', 'list', stack))).toContain('serial')
    await workers.settled(2)
    expect((await workers.pods()).some(busy)).toBe(false)
  })

  it('goes at once when it is idle', async () => {
    const workers = await shared()
    const [pod] = await workers.settled(2)
    const { name = '', uid = '' } = pod?.metadata ?? {}
    await workers.kubectl('delete', 'pod', name, '--timeout=20s')
    await gone(workers, name, uid)
    await workers.settled(2)
  })

  it('takes no run while it leaves', async () => {
    const workers = await shared()
    const { run, pod } = await held(workers, 'leaving')
    await workers.kubectl('delete', 'pod', pod.name, '--wait=false')
    await leaving(workers, pod.name)
    const next = await workers.heldTask('next')
    const taken = await reaches(workers.people, next, ['PERFORMING'])
    const first = await reaches(workers.people, run, ['PERFORMING'])
    expect(taken.history.at(-1)?.worker).not.toBe(first.history.at(-1)?.worker)
    await endsWell(workers, run, pod)
    await workers.letGo(await workers.busyPod())
    expect((await over(workers.people, next)).state).toBe('FINISHED')
    await workers.settled(2)
  })
})
