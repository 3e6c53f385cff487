import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PodApi } from '../../../launcher/src/kubernetes/pod-api.ts'
import { readEveryMs, timeLeftMs, watchDeadline } from '../../../launcher/src/kubernetes/pod-deadline.ts'
import { FakeKubernetesApi, forbidden } from '../../fakes/kubernetes-api.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'
import { until } from '../../fakes/until.ts'

const at = Date.UTC(2026, 10, 20, 12)
const metadataOf = (leftMs: number, graceSeconds: unknown) => ({
  deletionTimestamp: new Date(at + leftMs).toISOString(),
  deletionGracePeriodSeconds: graceSeconds,
})

describe('timeLeftMs', () => {
  it.each([
    ['the timestamp, when it is nearer', metadataOf(20_000, 30), 20_000],
    ['the grace period, when that is shorter', metadataOf(90_000, 30), 30_000],
    ['nothing, when the time is over', metadataOf(-5_000, 30), 0],
    ['the timestamp, when the grace period is not said', metadataOf(20_000, undefined), 20_000],
    ['unknown of a pod that is not being deleted', { deletionGracePeriodSeconds: 30 }, null],
    ['unknown of rubbish', { deletionTimestamp: 'soon', deletionGracePeriodSeconds: 'some' }, null],
  ])('is %s', (_title, metadata, expected) => {
    expect(timeLeftMs({ metadata, at }, at + 3_600_000)).toBe(expected)
  })

  it('goes by the own clock when the server does not say what time it is', () => {
    expect(timeLeftMs({ metadata: metadataOf(20_000, 30), at: null }, at + 5_000)).toBe(15_000)
  })
})

describe('watchDeadline', () => {
  let cluster: FakeKubernetesApi
  let account: string
  beforeEach(async () => {
    account = await mkdtemp(join(tmpdir(), 'account-'))
    cluster = await FakeKubernetesApi.start()
  })
  afterEach(async () => {
    await cluster.close()
    await rm(account, { recursive: true })
  })

  const watch = async () => {
    const clock = new ManualClock()
    const lines: string[] = []
    const found: number[] = []
    const ending = new AbortController()
    const api = new PodApi(await cluster.mount(account))
    const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) })
    const over = watchDeadline({ api, clock, log, random: () => 0.5 }, (ms) => found.push(ms), ending.signal)
    const next = async (ms: number) => {
      await until('it pauses', () => clock.sleeping.length === 1)
      await clock.advance(ms)
    }
    return { clock, lines, found, ending, over, next }
  }

  it('tells how long the pod has to live, again after a shorter deletion', async () => {
    cluster.now = () => at
    const { found, next, ending, over } = await watch()
    await until('it was read', () => cluster.heard.length === 1)
    Object.assign(cluster.pod.metadata, metadataOf(600_000, 600))
    await next(readEveryMs)
    await until('it is known', () => found.length === 1)
    Object.assign(cluster.pod.metadata, metadataOf(30_000, 30))
    await next(readEveryMs)
    await until('it is known', () => found.length === 2)
    expect(found).toEqual([600_000, 30_000])
    ending.abort()
    await over
  })

  it('tries again when the server is away, and says so once', async () => {
    cluster.faults.plan(/GET/, { kind: 'cut' }, 2)
    Object.assign(cluster.pod.metadata, metadataOf(30_000, 30))
    cluster.now = () => at
    const { found, lines, next, ending, over } = await watch()
    await next(500)
    await next(1000)
    await until('it is known', () => found.length === 1)
    expect(lines).toHaveLength(1)
    ending.abort()
    await over
  })

  it('gives up when it is not allowed to read', async () => {
    cluster.faults.plan(/GET/, forbidden)
    const { lines, over } = await watch()
    await over
    expect(lines).toHaveLength(1)
  })

  it('ends when it is told to, also in the midst of a call', async () => {
    cluster.faults.plan(/GET/, { kind: 'silence' })
    const { ending, over } = await watch()
    await until('the call', () => cluster.heard.length === 1)
    ending.abort()
    await over
  })
})
