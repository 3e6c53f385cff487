import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { messageOf } from '../../ci/tools/errors.ts'
import { says } from '../system/runs.ts'
import { over } from './control.ts'
import { kubectl, until } from './kubernetes.ts'
import { sharedWorkers } from './shared-workers.ts'
import { busy, type Workers } from './workers.ts'

/** Asks for an eviction as a drain or an autoscaler does; answers what the API says against it, or nothing. */
async function evict(workers: Workers, name: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'eviction-'))
  try {
    const file = join(directory, 'eviction.json')
    const metadata = { name, namespace: workers.name }
    await writeFile(file, JSON.stringify({ apiVersion: 'policy/v1', kind: 'Eviction', metadata }))
    await kubectl('create', '--raw', `/api/v1/namespaces/${workers.name}/pods/${name}/eviction`, '--filename', file)
    return ''
  } catch (error) {
    return messageOf(error)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

describe('an eviction', () => {
  const shared = sharedWorkers({ name: 'eviction' })

  it('is refused while the pod is busy, and granted when it is idle', async () => {
    const workers = await shared()
    const run = await workers.heldTask('evicted')
    await says(workers.people, run, 'begun\n')
    const name = await workers.busyPod()
    const annotations = (await workers.pod(name))?.metadata.annotations
    expect(annotations).toMatchObject({
      'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
      'karpenter.sh/do-not-disrupt': 'true',
    })
    // The controller must have counted the pod, too.
    const refusal = await until('a refusal by the budget', async () => {
      const why = await evict(workers, name)
      return why.includes('disruption budget') && why
    })
    expect(refusal).toContain("Cannot evict pod as it would violate the pod's disruption budget")
    await workers.letGo(name)
    expect((await over(workers.people, run)).state).toBe('FINISHED')
    const idle = await until('the pod to be idle', async () => (await workers.pods()).find((pod) => !busy(pod)))
    expect(idle.metadata.annotations).toMatchObject({ 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true' })
    expect(idle.metadata.annotations).not.toHaveProperty(['karpenter.sh/do-not-disrupt'])
    await until('the eviction to be granted', async () => (await evict(workers, name)) === '')
    await until('the pod to be gone', async () => (await workers.pod(name))?.metadata.uid !== idle.metadata.uid)
    await workers.settled(1)
  })

  it('by kubectl drain waits for the run', async () => {
    const workers = await shared()
    await workers.settled(1)
    const run = await workers.heldTask('drained')
    await says(workers.people, run, 'begun\n')
    const name = await workers.busyPod()
    const uid = (await workers.pod(name))?.metadata.uid
    const node = (await workers.kubectl('get', 'pod', name, '--output', 'jsonpath={.spec.nodeName}')).trim()
    const only = `--pod-selector=app.kubernetes.io/instance=${workers.name}`
    const drain = kubectl('drain', node, only, '--delete-emptydir-data', '--ignore-daemonsets', '--timeout=120s')
    const drained = drain.then(
      () => '',
      (error: unknown) => messageOf(error),
    )
    try {
      await until('the node to be cordoned', async () =>
        (await kubectl('get', 'node', node, '--output', 'jsonpath={.spec.unschedulable}')).includes('true'),
      )
      expect((await workers.pod(name))?.metadata).toMatchObject({ uid })
      await workers.letGo(name)
      expect((await over(workers.people, run)).state).toBe('FINISHED')
      expect(await drained).toBe('')
      expect((await workers.pod(name))?.metadata.uid).not.toBe(uid)
    } finally {
      await kubectl('uncordon', node)
    }
    await workers.settled(1)
  })
})
