import { describe, expect, it } from 'vitest'
import { startTask } from '../system/runs.ts'
import type { Pool } from './control.ts'
import { mothership, over } from './control.ts'
import { until } from './kubernetes.ts'
import { Workers } from './workers.ts'

/** Writes a Secret of the user's, as `credentials.existingSecret` names it. */
async function writeSecret(workers: Workers, { token, privateKey }: Pool): Promise<void> {
  const data = { metadata: { name: 'mine' }, stringData: { poolToken: token, poolKey: privateKey } }
  await workers.kubectl('create', 'secret', 'generic', 'mine').catch(() => undefined)
  await workers.kubectl('patch', 'secret', 'mine', '--patch', JSON.stringify(data))
}

describe('credentials', () => {
  it('in a Secret of the user are rotated without a restart', async () => {
    const keys = { token: 'poolToken', privateKey: 'poolKey' }
    const credentials = { create: false, token: '', privateKey: '', existingSecret: 'mine', keys }
    const before = async (workers: Workers) => await writeSecret(workers, workers.pool)
    await using workers = await Workers.install({ name: 'credentials', values: { credentials }, before })
    workers.shownIfTestFails()
    const [pod] = await workers.settled(1)
    const { name = '', uid } = pod?.metadata ?? {}
    const stack = await workers.stack('rotated')
    await writeSecret(workers, await workers.resetPool())
    // The kubelet brings a changed Secret within its minute; then the worker comes back with the new certificate.
    const run = await startTask(workers.people, stack, 'echo with the new key')
    expect((await over(workers.people, run)).state).toBe('FINISHED')
    const same = await until('the pod to be ready', async () => {
      const [now] = await workers.settled(1)
      return now
    })
    expect(same.metadata.uid).toBe(uid)
    expect(same.status.containerStatuses?.map(({ restartCount }) => restartCount)).toEqual([0])
    expect(await workers.kubectl('describe', 'pod', name)).not.toContain(workers.pool.token)
    expect(JSON.stringify(await mothership('pool', 'list'))).toContain('credentials')
  })
})
