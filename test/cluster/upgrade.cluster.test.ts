import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, inject, it } from 'vitest'
import { messageOf } from '../../ci/tools/errors.ts'
import { startTask } from '../system/runs.ts'
import { over } from './control.ts'
import { helm } from './kubernetes.ts'
import type { Values } from './values.ts'
import { Workers } from './workers.ts'

const legacy = fileURLToPath(new URL('legacy', import.meta.url))
const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }

/** Installs what a release of the legacy chart was, under the release's own name. */
async function installLegacy(workers: Workers, values: Values): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'legacy-'))
  try {
    const { token, privateKey } = workers.pool
    const all = { waiting: inject('cluster').images.small, credentials: { token, privateKey }, ...values }
    await writeFile(join(directory, 'values.json'), JSON.stringify(all))
    const words = ['install', workers.name, legacy, '--namespace', workers.name, '--wait']
    await helm(3, ...words, '--values', join(directory, 'values.json'))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

const uidOf = (workers: Workers, what: string) =>
  workers.kubectl('get', what, '--ignore-not-found', '--output', 'jsonpath={.metadata.uid}')

async function takesRuns(workers: Workers): Promise<void> {
  const run = await startTask(workers.people, await workers.stack('after'), 'echo done')
  expect((await over(workers.people, run)).state).toBe('FINISHED')
}

describe('a release of the legacy chart', () => {
  it('is upgraded with its own values: its Deployment gives way, its Secret stays', async () => {
    const seen = { secret: '' }
    const before = async (workers: Workers) => {
      await installLegacy(workers, {})
      seen.secret = await uidOf(workers, 'secret/old-deployment-spacelift-worker')
    }
    await using workers = await Workers.install({ name: 'old-deployment', helm: 3, before })
    workers.shownIfTestFails()
    expect(await uidOf(workers, 'deployment/old-deployment-spacelift-worker')).toBe('')
    expect(await uidOf(workers, 'secret/old-deployment-spacelift-worker')).toBe(seen.secret)
    await workers.settled(1)
    await takesRuns(workers)
  })

  it('with volumes is taken over by the way that the refusal names, and keeps them', async () => {
    const name = 'old-statefulset'
    const values = { useStatefulSet: true, storageVolumeClaimTemplateSpec: claim }
    const seen = { refusal: '', claim: '' }
    const volume = `persistentvolumeclaim/launcher-storage-${name}-spacelift-worker-0`
    const before = async (workers: Workers) => {
      await installLegacy(workers, values)
      const left = 'mkdir -p /opt/spacelift/binaries/old && echo kept > /opt/spacelift/binaries/old/file'
      await workers.exec(`${name}-spacelift-worker-0`, 'launcher', 'sh', '-c', left)
      seen.claim = await uidOf(workers, volume)
      seen.refusal = await workers.upgrade({}).then(() => '', messageOf)
      await workers.kubectl('delete', 'statefulset', `${name}-spacelift-worker`, '--cascade=orphan')
    }
    await using workers = await Workers.install({ name, helm: 3, values, before })
    workers.shownIfTestFails()
    expect(seen.refusal).toContain(
      `kubectl delete statefulset ${name}-spacelift-worker --namespace ${name} --cascade=orphan`,
    )
    expect(await uidOf(workers, volume)).toBe(seen.claim)
    await workers.settled(1)
    const read = 'id -u; stat -c %u /opt/spacelift/binaries/old/file; cat /opt/spacelift/binaries/old/file'
    const pod = `${name}-spacelift-worker-0`
    expect(await workers.exec(pod, 'launcher', 'sh', '-c', read)).toBe('1983\n1983\nkept\n')
    await takesRuns(workers)
  })
})
