import { describe, expect, it } from 'vitest'
import { says } from '../system/runs.ts'
import { reaches } from './control.ts'
import { until } from './kubernetes.ts'
import { sharedWorkers } from './shared-workers.ts'
import { busy } from './workers.ts'

describe('a Deployment whose launchers may mark their pods', () => {
  const values = { useStatefulSet: false, replicaCount: 2, busyMarks: { enabled: true } }
  const shared = sharedWorkers({ name: 'deployment', values })

  it('gives up its idle pod first when it is scaled down, and never has to end a run', async () => {
    const workers = await shared()
    // The younger one would go first, were it not for the cost of its deletion: so the run must be on that one.
    const run = await workers.heldTask('kept')
    await says(workers.people, run, 'begun\n')
    const name = await workers.busyPod()
    const annotations = (await workers.pod(name))?.metadata.annotations
    expect(annotations).toHaveProperty(['controller.kubernetes.io/pod-deletion-cost'], '100')
    await workers.kubectl('scale', 'deployment/deployment-spacelift-worker', '--replicas=1')
    const left = await workers.settled(1)
    expect(left.map(({ metadata }) => metadata.name)).toEqual([name])
    await workers.letGo(name)
    await reaches(workers.people, run, ['FINISHED'])
    await until('the pod to be idle', async () => !(await workers.pods()).some(busy))
    await workers.kubectl('scale', 'deployment/deployment-spacelift-worker', '--replicas=2')
    await workers.settled(2)
  })

  it('brings a new pod beside the one that ends its run in a rollout', async () => {
    const workers = await shared()
    const run = await workers.heldTask('rolled')
    await says(workers.people, run, 'begun\n')
    const name = await workers.busyPod()
    await workers.kubectl('rollout', 'restart', 'deployment/deployment-spacelift-worker')
    await until('the busy pod to be told to go', async () => (await workers.pod(name))?.metadata.deletionTimestamp)
    await workers.letGo(name)
    await reaches(workers.people, run, ['FINISHED'])
    const after = await workers.settled(2)
    expect(after.map(({ metadata }) => metadata.name)).not.toContain(name)
  })
})
