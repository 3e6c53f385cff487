import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { patches } from '../../launcher/src/kubernetes/marks.ts'
import { says } from '../system/runs.ts'
import { reaches } from './control.ts'
import { kubectl, until } from './kubernetes.ts'
import { sharedWorkers } from './shared-workers.ts'
import { busy, type Workers } from './workers.ts'

const tokenFile = '/var/run/secrets/kubernetes.io/serviceaccount/token'

/** Whoever has a token of the launchers' account, in place of the cluster's administrator. */
interface Intruder extends AsyncDisposable {
  /** Answers what the API server says against a patch, or nothing if it takes it. */
  patch(pod: string, change: object, ...words: readonly string[]): Promise<string>
}

async function intruder({ name }: Workers, token: string): Promise<Intruder> {
  const directory = await mkdtemp(join(tmpdir(), 'intruder-'))
  const file = join(directory, 'kubeconfig')
  const config = JSON.parse(await kubectl('config', 'view', '--raw', '--minify', '--flatten', '--output', 'json')) as {
    users: object[]
    contexts: { context: object }[]
  }
  config.users = [{ name: 'launcher', user: { token } }]
  for (const one of config.contexts) one.context = { ...one.context, user: 'launcher' }
  await writeFile(file, JSON.stringify(config), { mode: 0o600 })
  return {
    patch: async (pod, change, ...words) => {
      const patch = ['patch', 'pod', pod, '--patch', JSON.stringify(change), ...words]
      return await kubectl('--kubeconfig', file, '--namespace', name, ...patch).then(() => '', String)
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  }
}

const annotation = { 'cluster-autoscaler.kubernetes.io/enable-ds-eviction': 'true' }
const owner = { apiVersion: 'v1', kind: 'Pod', name: 'other', uid: '00000000-0000-0000-0000-000000000000' }
const refusals: readonly (readonly [string, object, string])[] = [
  ['the image', { spec: { containers: [{ name: 'launcher', image: 'other' }] } }, 'nothing of its specification'],
  ['the deadline', { spec: { activeDeadlineSeconds: 1 } }, 'nothing of its specification'],
  ['another label', { metadata: { labels: { tier: 'front' } } }, 'no label of its pod but'],
  ['a label that is removed', { metadata: { labels: { 'app.kubernetes.io/name': null } } }, 'no label of its pod but'],
  ['another annotation', { metadata: { annotations: annotation } }, 'no annotation of its pod but'],
  ['a finalizer', { metadata: { finalizers: ['example.com/stay'] } }, 'neither owner nor finalizers'],
  ['an owner', { metadata: { ownerReferences: [owner] } }, 'neither owner nor finalizers'],
]

describe('the admission policy of a Deployment', () => {
  const busyMarks = { enabled: true, admissionPolicy: { create: true } }
  const shared = sharedWorkers({ name: 'admission', values: { useStatefulSet: false, replicaCount: 2, busyMarks } })

  /** Its pods by name, and who has the token of the first. */
  async function stolen() {
    const workers = await shared()
    const [first = '', second = ''] = (await workers.settled(2)).map(({ metadata }) => metadata.name)
    return {
      workers,
      first,
      second,
      thief: await intruder(workers, await workers.exec(first, 'launcher', 'cat', tokenFile)),
    }
  }

  it('lets a launcher mark its pod while it has a run in hand', async () => {
    const workers = await shared()
    const run = await workers.heldTask()
    await says(workers.people, run, 'begun\n')
    const name = await workers.busyPod()
    await workers.letGo(name)
    await reaches(workers.people, run, ['FINISHED'])
    await until('the pod to be idle', async () => !(await workers.pods()).some(busy))
  })

  it("lets a launcher's token set each of its own marks, and take it back", async () => {
    const { thief, first, workers } = await stolen()
    await using _ = thief
    expect(await thief.patch(first, patches.busy, '--type=merge')).toBe('')
    expect((await workers.pod(first))?.metadata).toMatchObject(patches.busy.metadata)
    expect(await thief.patch(first, patches.idle, '--type=merge')).toBe('')
  })

  it.each(refusals)("refuses a launcher's token %s", async (_what, change, reason) => {
    const { thief, first } = await stolen()
    await using _ = thief
    const answer = await thief.patch(first, change)
    expect(answer).toContain(reason)
    expect(answer).toContain('ValidatingAdmissionPolicy')
  })

  it("refuses a launcher's token the marks of another pod, and one of no pod those of any", async () => {
    const { thief, workers, first, second } = await stolen()
    await using _ = thief
    const own = 'only the pod that it runs in'
    expect(await thief.patch(second, patches.busy, '--type=merge')).toContain(own)
    const token = await workers.kubectl('create', 'token', 'admission-spacelift-worker')
    await using loose = await intruder(workers, token.trim())
    expect(await loose.patch(first, patches.busy, '--type=merge')).toContain(own)
  })

  it('leaves the administrator alone', async () => {
    const workers = await shared()
    const [pod] = await workers.settled(2)
    await workers.kubectl('label', 'pod', pod?.metadata.name ?? '', 'tier=front')
    await workers.kubectl('label', 'pod', pod?.metadata.name ?? '', 'tier-')
  })
})
