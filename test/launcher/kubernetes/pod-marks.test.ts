import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../launcher/src/base/clock.ts'
import { PodApi } from '../../../launcher/src/kubernetes/pod-api.ts'
import { PodMarks } from '../../../launcher/src/kubernetes/pod-marks.ts'
import { FakeKubernetesApi, forbidden } from '../../fakes/kubernetes-api.ts'
import { ThrowawayAuthority } from '../../fakes/certificates.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'
import { until } from '../../fakes/until.ts'

let cluster: FakeKubernetesApi
let account: string
const open: PodMarks[] = []

beforeEach(async () => {
  account = await mkdtemp(join(tmpdir(), 'account-'))
  cluster = await FakeKubernetesApi.start()
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((marks) => marks.close(0)))
  await cluster.close()
  await rm(account, { recursive: true })
})

const marksWith = async (clock = systemClock) => {
  const lines: { level: number; msg: string; why?: string }[] = []
  const calls: string[] = []
  const marks = new PodMarks({
    api: new PodApi(await cluster.mount(account)),
    clock,
    log: pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line) as never) }),
    called: (result) => calls.push(result),
    random: () => 0.001,
  })
  open.push(marks)
  return { marks, lines, calls }
}

describe('PodMarks', () => {
  it('marks the pod as busy before it says so, and takes the mark back, and leaves everything else alone', async () => {
    const { marks, calls } = await marksWith()
    await marks.busy()
    expect(cluster.pod.metadata).toEqual({
      labels: { app: 'worker', 'spacelift-worker.io/busy': 'true' },
      annotations: {
        mine: 'yes',
        'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
        'karpenter.sh/do-not-disrupt': 'true',
        'controller.kubernetes.io/pod-deletion-cost': '100',
      },
    })
    marks.idle()
    await until('idle', () => !marks.pending)
    expect(cluster.pod.metadata).toEqual({
      labels: { app: 'worker', 'spacelift-worker.io/busy': 'false' },
      annotations: {
        mine: 'yes',
        'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true',
        'controller.kubernetes.io/pod-deletion-cost': '0',
      },
    })
    expect(cluster.heard).toEqual(
      Array(2).fill('PATCH /api/v1/namespaces/ours/pods/worker-0 application/merge-patch+json'),
    )
    expect(calls).toEqual(['set', 'set'])
  })

  it('makes no call for what is so already', async () => {
    const { marks } = await marksWith()
    await marks.busy()
    await marks.busy()
    expect(cluster.heard).toHaveLength(1)
  })

  it('shows the token that the kubelet has written last', async () => {
    const { marks } = await marksWith()
    await marks.busy()
    cluster.token = 'second token'
    await writeFile(join(account, 'token'), 'second token')
    marks.idle()
    await until('idle', () => cluster.busy === 'false')
  })

  it('holds nothing up when it is not allowed, says so once, and is marked as soon as it is allowed', async () => {
    cluster.faults.plan(/PATCH/, forbidden, 3)
    const { marks, lines, calls } = await marksWith()
    await marks.busy()
    marks.idle()
    await until('the second refusal', () => calls.length === 2)
    await marks.busy()
    expect(calls).toEqual(['refused', 'refused', 'refused'])
    expect(marks.pending).toBe(true)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({
      why: 'PATCH of pod ours/worker-0: answered 403: pods "worker-0" is forbidden',
      msg: 'the pod is not marked while it is busy: what removes pods does not see it',
    })
    marks.idle()
    await until('idle', () => cluster.busy === 'false')
  })

  it.each([
    ['answers 500', { kind: 'answer', status: 500 }],
    ['answers 429', { kind: 'answer', status: 429 }],
    ['cuts the connection', { kind: 'cut' }],
    ['answers half', { kind: 'half' }],
  ] as const)('goes on trying when the server %s', async (_title, fault) => {
    cluster.faults.plan(/PATCH/, fault, 3)
    const { marks, calls, lines } = await marksWith()
    await marks.busy()
    expect(cluster.busy).toBe('true')
    expect(calls).toEqual(['failed', 'failed', 'failed', 'set'])
    expect(lines).toHaveLength(1)
  })

  it('holds a job up for two seconds at most when nobody answers', async () => {
    const clock = new ManualClock()
    cluster.faults.plan(/PATCH/, { kind: 'silence' })
    const { marks } = await marksWith(clock)
    let marked = false
    const busy = marks.busy().then(() => (marked = true))
    await until('the call', () => cluster.heard.length === 1)
    await clock.advance(1_999)
    expect(marked).toBe(false)
    await clock.advance(1)
    await busy
    expect(cluster.busy).toBeUndefined()
    const closed = marks.close(0)
    await clock.advance(0)
    await closed
  })

  it('does not talk to a server of another authority', async () => {
    const { marks, lines } = await marksWith()
    await writeFile(join(account, 'ca.crt'), new ThrowawayAuthority('other').certificate)
    marks.idle()
    await until('it says so', () => lines[0])
    expect(lines[0]?.why).toMatch(/^PATCH of pod ours\/worker-0: no answer \(/)
    expect(cluster.heard).toEqual([])
  })

  it('says once that no account is mounted, and holds no job up', async () => {
    const { marks, lines, calls } = await marksWith(new ManualClock())
    await rm(join(account, 'token'))
    await marks.busy()
    await marks.busy()
    expect(calls).toEqual(['refused', 'refused'])
    expect(lines.map(({ why }) => why)).toEqual(['no token of a service account is mounted'])
  })

  it('ends at once, also while it waits for the next try', async () => {
    cluster.faults.plan(/PATCH/, { kind: 'answer', status: 503 }, 1000)
    const { marks, calls } = await marksWith()
    marks.idle()
    await until('it tried', () => calls.length > 0)
    await marks.close(0)
    const before = calls.length
    await marks.busy()
    expect(calls).toHaveLength(before)
  })
})
