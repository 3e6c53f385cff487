import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ulid } from 'ulid'
import { systemClock } from '../../../launcher/src/base/clock.ts'
import { answerOf } from '../../../launcher/src/control/answers.ts'
import { Https } from '../../../launcher/src/control/https.ts'
import type { HeldJob } from '../../fakes/held-job.ts'
import { FakeControlPlane, makeCertificates } from '../../fakes/control-plane.ts'
import { ThrowawayAuthority } from '../../fakes/certificates.ts'
import { refusal } from '../../fakes/faults.ts'
import { sampleJob } from '../../fakes/jobs.ts'
import { until } from '../../fakes/until.ts'
import { apiOf, patient } from './https-world.ts'

const certificates = makeCertificates()
let plane: FakeControlPlane
let world: ReturnType<typeof apiOf>
let job: string
let held: HeldJob

beforeAll(async () => {
  plane = await FakeControlPlane.start({ certificates })
})
afterAll(() => plane.close())

beforeEach(async () => {
  plane.faults.clear()
  plane.heard.length = 0
  world = apiOf(plane)
  const { worker } = await world.register()
  held = await plane.give(sampleJob(worker), { source: Buffer.from('the source'), workspace: Buffer.from('sealed') })
  job = held.document.id
})
afterEach(() => world.https.close())

const finished = (logLength: number) =>
  ({
    kind: 'finished',
    sequence: 1,
    at: 0,
    outcome: { result: 'succeeded', changes: null, exitCode: 0, failure: null, workspace: null },
    logLength,
    lostBytes: 0,
  }) as const

describe('calls of the worker', () => {
  it('registers, and then says on every call who it is', async () => {
    const { api, session, signal } = world
    const orders = await api.heartbeat({ job: null, draining: false, sentAt: 5 }, signal)
    expect(orders).toEqual({ drained: false, job: { id: job, stop: null }, leave: null })
    expect(await api.orders(signal)).toEqual(orders)
    await api.goodbye('bye', signal)
    const calls = plane.heard.map(
      ({ method, path, worker }) => `${method} ${path.replace(session.current.worker, 'W')} ${worker ? 'as W' : ''}`,
    )
    expect(calls).toEqual([
      'POST /v1/workers ',
      'POST /v1/workers/W/heartbeat as W',
      'GET /v1/workers/W/orders as W',
      'POST /v1/workers/W/goodbye as W',
    ])
    expect(plane.heard[1]?.body).toEqual({ job: null, draining: false, sentAt: 5 })
  })

  it('makes each call once: the loop that makes it is its repetition', async () => {
    plane.faults.plan(/heartbeat/, refusal(503, 'unavailable'), 5)
    const heartbeat = world.api.heartbeat({ job: null, draining: false, sentAt: 0 }, world.signal)
    await expect(heartbeat).rejects.toMatchObject({ code: 'CONTROL_UNREACHABLE', refusal: { answer: 'unavailable' } })
    expect(plane.calls(/heartbeat/)).toHaveLength(1)
  })

  it('is told when the worker is not known any more', async () => {
    plane.forget(world.session.current.worker)
    await expect(world.api.orders(world.signal)).rejects.toSatisfy((error) => answerOf(error) === 'unknown-worker')
  })
})

describe('calls about a job', () => {
  it('fetches, claims, reports and appends as the protocol has it', async () => {
    const { api, signal, told } = world
    expect(await api.fetch(job, signal)).toEqual(held.document)
    const claim = ulid()
    await api.start(job, claim, signal)
    expect(held.claim).toBe(claim)
    expect(await api.logHeld(job, signal)).toBe(0)
    expect(await api.appendLog(job, { offset: 0, bytes: Buffer.from('hello ') }, signal)).toBe(6)
    expect(await api.appendLog(job, { offset: 3, bytes: Buffer.from('lo world') }, signal)).toBe(11)
    await api.report(job, finished(11), signal)
    expect(held.log.toString()).toBe('hello world')
    expect(held.reports).toEqual([finished(11)])
    expect(told).toMatchObject({ logBytes: 6 + 8, finished: ['succeeded'], retried: [] })
  })

  it('answers what is held to a range that begins behind it', async () => {
    await world.api.appendLog(job, { offset: 0, bytes: Buffer.from('abc') }, world.signal)
    expect(await world.api.appendLog(job, { offset: 10, bytes: Buffer.from('xyz') }, world.signal)).toBe(3)
    expect(held.log.toString()).toBe('abc')
  })

  it('does not repeat a last report while log is missing: the log must go first', async () => {
    await expect(world.api.report(job, finished(99), world.signal)).rejects.toMatchObject({
      code: 'CONTROL_REFUSED',
      refusal: { answer: 'log-incomplete', held: 0 },
    })
    expect(plane.calls(/reports/)).toHaveLength(1)
    expect(world.told.finished).toEqual([])
  })

  it.each([
    ['500', { kind: 'answer', status: 500 }],
    ['503 of the protocol', refusal(503, 'unavailable')],
    ['502 of a proxy', { kind: 'answer', status: 502, body: '<html>bad gateway</html>' }],
    ['408', { kind: 'answer', status: 408 }],
    ['429', refusal(429, 'too-many-requests')],
    ['a digest that was damaged on the way', refusal(422, 'digest-mismatch')],
    ['a cut connection', { kind: 'cut' }],
    ['a connection cut after the call was done', { kind: 'cut-after' }],
    ['half an answer', { kind: 'half' }],
    ['a page of a captive portal', { kind: 'answer', status: 200, body: '<html>log in</html>' }],
  ] as const)('goes on through %s', async (_what, fault) => {
    plane.faults.plan(/log$/, fault, 2)
    expect(await world.api.appendLog(job, { offset: 0, bytes: Buffer.from('once') }, world.signal)).toBe(4)
    expect(held.log.toString()).toBe('once')
    expect(world.told.retried.map(({ call }) => call)).toEqual(['append log', 'append log'])
    expect(world.pauses).toHaveLength(2)
  })

  it('waits as long as a 429 asks', async () => {
    plane.faults.plan(/start$/, refusal(429, 'too-many-requests', { headers: { 'retry-after': '17' } }))
    await world.api.start(job, ulid(), world.signal)
    expect(world.pauses[0]).toBeGreaterThanOrEqual(17_000)
    expect(world.pauses[0]).toBeLessThan(18_000)
  })

  it('says that the job is lost on 410', async () => {
    await plane.take(job)
    await expect(world.api.fetch(job, world.signal)).rejects.toMatchObject({ code: 'JOB_LOST' })
    await expect(world.api.appendLog(job, { offset: 0, bytes: Buffer.from('x') }, world.signal)).rejects.toMatchObject({
      code: 'JOB_LOST',
    })
    expect(world.pauses).toEqual([])
  })

  it.each([
    ['certificate-refused', 403],
    ['not-found', 404],
    ['already-started', 409],
    ['too-large', 413],
    ['bad-request', 400],
  ] as const)('gives up at once on %s', async (code, status) => {
    plane.faults.plan(/start$/, refusal(status, code), 9)
    await expect(world.api.start(job, ulid(), world.signal)).rejects.toMatchObject({
      code: 'CONTROL_REFUSED',
      refusal: { answer: code },
    })
    expect(plane.calls(/start$/)).toHaveLength(1)
  })

  it('gives up on a document of another shape', async () => {
    plane.faults.plan(/GET .*jobs/, { kind: 'answer', status: 200, body: '{"id":7}' })
    await expect(world.api.fetch(job, world.signal)).rejects.toMatchObject({ code: 'CONTROL_REFUSED' })
  })

  it('goes on with the new session after the launcher has registered again', async () => {
    plane.faults.plan(/start$/, refusal(401, 'unknown-worker'), 2)
    await world.api.start(job, ulid(), world.signal)
    expect(world.told.unknownWorker).toBe(2)
    expect(held.claim).not.toBeNull()
  })

  it('goes on when the control plane comes back', async () => {
    await plane.stopApi()
    const start = world.api.start(job, ulid(), world.signal)
    await new Promise((resolve) => setImmediate(resolve))
    await plane.startApi()
    await start
    expect(held.claim).not.toBeNull()
  })
})

describe('a slow far end', () => {
  const impatient = (changes: Partial<typeof patient>) => {
    const hurried = apiOf(plane, { ...patient, ...changes })
    hurried.session.replace(world.session.current)
    return hurried
  }

  it('is given up after a time, and asked again', async () => {
    const { api, signal, told, https } = impatient({ headersMs: 100 })
    plane.faults.plan(/GET .*log$/, { kind: 'silence' })
    expect(await api.logHeld(job, signal)).toBe(0)
    expect(told.retried).toHaveLength(1)
    https.close()
  })

  it('cannot hold a call by a trickle', async () => {
    const { api, signal, told, https } = impatient({ callMs: 100 })
    plane.faults.plan(/GET .*log$/, { kind: 'silence' })
    expect(await api.logHeld(job, signal)).toBe(0)
    expect(told.retried[0]?.next.error).toMatchObject({
      message: 'ask for log: no answer from the control plane (TIMEOUT)',
    })
    https.close()
  })

  it('is left at once when the signal says so', async () => {
    plane.faults.plan(/GET .*log$/, { kind: 'silence' })
    const ending = new AbortController()
    const reason = new Error('told to stop')
    const asked = world.api.logHeld(job, ending.signal)
    await until('the call', () => plane.calls(/GET .*log$/).length > 0)
    ending.abort(reason)
    await expect(asked).rejects.toBe(reason)
  })
})

describe('streams', () => {
  it('downloads the source and the workspace', async () => {
    expect((await buffer(await world.api.download(job, 'source', world.signal))).toString()).toBe('the source')
    expect((await buffer(await world.api.download(job, 'workspace', world.signal))).toString()).toBe('sealed')
  })

  it('breaks a download that was cut with an error of the closed list', async () => {
    plane.faults.plan(/source$/, { kind: 'half' })
    const stream = await world.api.download(job, 'source', world.signal)
    await expect(buffer(stream)).rejects.toMatchObject({ code: 'CONTROL_UNREACHABLE' })
  })

  it('uploads what `open` gives, again for each try', async () => {
    plane.faults.plan(/PUT .*workspace$/, { kind: 'cut' }, 2)
    const content = Buffer.alloc(3_000_000, 'w')
    let opened = 0
    const open = () => {
      opened++
      return Readable.from([content.subarray(0, 1_000_000), content.subarray(1_000_000)])
    }
    const stored = await world.api.upload(job, { what: 'workspace', open }, world.signal)
    expect(opened).toBe(3)
    expect(stored.length).toBe(3_000_000)
    expect(held.workspace?.equals(content)).toBe(true)
  })

  it('uploads an empty state as well', async () => {
    const open = () => Readable.from([])
    expect(await world.api.upload(job, { what: 'errored-state', open }, world.signal)).toMatchObject({ length: 0 })
    expect(held.erroredState).toEqual(Buffer.alloc(0))
  })

  it('uploads again what was not stored as it was sent', async () => {
    const sha256 = '0'.repeat(64)
    plane.faults.plan(/PUT .*workspace$/, { kind: 'answer', status: 200, body: JSON.stringify({ length: 3, sha256 }) })
    const stored = await world.api.upload(
      job,
      { what: 'workspace', open: () => Readable.from([Buffer.from('abc')]) },
      world.signal,
    )
    expect(stored.sha256).not.toBe(sha256)
    expect(plane.calls(/PUT .*workspace/)).toHaveLength(2)
  })

  it('does not repeat an upload whose own source broke', async () => {
    const broken = new Error('disk on fire')
    const open = () =>
      new Readable({
        read() {
          this.destroy(broken)
        },
      })
    await expect(world.api.upload(job, { what: 'workspace', open }, world.signal)).rejects.toBe(broken)
    expect(world.pauses).toEqual([])
  })
})

describe('certificates', () => {
  const strange = (authorityPem: string, from: ThrowawayAuthority) => {
    const { privateKey, certificate } = from.issue({ name: 'stranger' })
    const identity = { privateKey, certificate, authority: authorityPem }
    return new Https({ endpoint: plane.endpoint, identity, clock: systemClock, timeouts: patient })
  }
  const ask = async (https: Https) => {
    const call = { name: 'ask', method: 'GET', path: '/', signal: world.signal } as const
    const error: unknown = await https.empty(call).catch((thrown: unknown) => thrown)
    https.close()
    return error
  }

  it('does not speak to a server of another authority', async () => {
    const other = new ThrowawayAuthority()
    expect(await ask(strange(other.certificate, certificates.authority))).toMatchObject({ code: 'CONTROL_UNREACHABLE' })
    expect(plane.calls(/GET \/$/)).toEqual([])
  })

  it('is not heard with a certificate of another authority', async () => {
    // Node's servers close such a connection without a word; those that send an alert are known by it: see answers.test.ts.
    const error = await ask(strange(certificates.authority.certificate, new ThrowawayAuthority()))
    expect(error).toMatchObject({ code: 'CONTROL_UNREACHABLE' })
    expect(plane.calls(/GET \/$/)).toEqual([])
  })
})
