import { writeFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { is, kubectl, until, type Pod } from './kubernetes.ts'
import { Workers } from './workers.ts'

const times = 3

/** Milliseconds from a pod's scheduling to its readiness. The API tells whole seconds only, so they are watched from here. */
async function watched(
  namespace: string,
  ask: () => Promise<Pod | null>,
  begin: () => Promise<unknown>,
): Promise<number> {
  await begin()
  const began = performance.now()
  await until(`a ready pod in ${namespace}`, async () => {
    const pod = await ask()
    return pod && is(pod, 'Ready')
  })
  return performance.now() - began
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

describe('a worker', () => {
  it('is ready soon after it is scheduled, with its images there', async () => {
    await using workers = await Workers.install({ name: 'ready' })
    workers.shownIfTestFails()
    const directory = await mkdtemp(join(tmpdir(), 'ready-'))
    const own: number[] = []
    const floor: number[] = []
    const { small } = inject('cluster').images
    const container = (name: string) => ({ name, image: small, command: ['sleep', '2147483647'] })
    const spec = { containers: [container('one'), container('two')], terminationGracePeriodSeconds: 1 }
    const file = join(directory, 'floor.json')
    await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'floor' }, spec }))
    try {
      for (let time = 0; time < times; time += 1) {
        const name = 'ready-spacelift-worker-0'
        const uid = (await workers.pod(name))?.metadata.uid
        const another = async () => {
          const pod = await workers.pod(name)
          return pod?.metadata.uid === uid ? null : pod
        }
        own.push(await watched('ready', another, () => workers.kubectl('delete', 'pod', name)))
        const pod = async () => JSON.parse(await workers.kubectl('get', 'pod', 'floor', '--output', 'json')) as Pod
        floor.push(await watched('ready', pod, () => kubectl('--namespace', 'ready', 'create', '--filename', file)))
        await workers.kubectl('delete', 'pod', 'floor')
      }
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
    const [worker, two] = [median(own), median(floor)]
    process.stdout.write(
      `from scheduled to ready, median of ${times}: worker ${worker.toFixed(0)} ms, two busybox containers ${two.toFixed(0)} ms\n`,
    )
    expect(own).toHaveLength(times)
  })
})
