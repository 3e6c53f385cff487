import { describe, expect, it } from 'vitest'
import { startTask } from '../system/runs.ts'
import { over } from './control.ts'
import { until } from './kubernetes.ts'
import { Workers } from './workers.ts'

const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }

/** Runs a task to its end, so that the engine has the runner's image. */
async function run(workers: Workers): Promise<void> {
  const id = await startTask(workers.people, await workers.stack('one'), 'echo done')
  expect((await over(workers.people, id)).state).toBe('FINISHED')
}

/** Deletes the only pod and waits for its successor; answers its name. */
async function replaced(workers: Workers): Promise<string> {
  const [before] = await workers.settled(1)
  await workers.kubectl('delete', 'pod', before?.metadata.name ?? '', '--timeout=60s')
  const after = await until('another pod', async () => {
    const [pod] = await workers.settled(1)
    return pod?.metadata.uid !== before?.metadata.uid && pod
  })
  return after.metadata.name
}

const images = (workers: Workers, pod: string) => workers.exec(pod, 'dind', 'docker', 'images', '--quiet')

async function claims(workers: Workers): Promise<string[]> {
  const words = ['get', 'persistentvolumeclaims', '--output', 'jsonpath={.items[*].metadata.uid}']
  return (await workers.kubectl(...words)).split(' ').filter(Boolean)
}

describe('the volume of a worker', () => {
  it('of a claim template stays when its pod goes, with the images in it', async () => {
    await using workers = await Workers.install({ name: 'claim', values: { storageVolumeClaimTemplateSpec: claim } })
    workers.shownIfTestFails()
    await run(workers)
    const before = await claims(workers)
    expect(await images(workers, await replaced(workers))).not.toBe('')
    expect(await claims(workers)).toEqual(before)
    await run(workers)
  })

  it('of an ephemeral claim goes with its pod', async () => {
    const storageVolume = { ephemeral: { volumeClaimTemplate: { spec: claim } } }
    await using workers = await Workers.install({ name: 'ephemeral', values: { storageVolume } })
    workers.shownIfTestFails()
    await run(workers)
    const before = await claims(workers)
    expect(await images(workers, await replaced(workers))).toBe('')
    const after = await claims(workers)
    expect(after).toHaveLength(1)
    expect(after).not.toEqual(before)
  })
})
