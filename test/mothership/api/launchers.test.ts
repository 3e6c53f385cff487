import { ulid } from 'ulid'
import { describe, expect, it } from 'vitest'
import { apiErrors, paths, workerHeader, type ApiErrorCode } from '../../../protocol/calls.ts'
import { Refusal } from '../../../mothership/src/base/errors.ts'
import { apiCertificates, apiWorld, json } from '../support/api-world.ts'

const certificates = apiCertificates()
const job = ulid()
const registration = {
  protocol: { major: 1, minor: 0 },
  launcher: { version: '1' },
  instance: ulid(),
  metadata: {},
}
const heartbeat = { job: null, draining: false, sentAt: 1 }
const errorOf = async (answer: Promise<{ status: number; json: () => { error?: { code: string } } }>) => {
  const { status, json: body } = await answer
  return [status, body().error?.code]
}

describe('who may call', () => {
  it('is a launcher with the certificate of a pool, for a registration', async () => {
    await using world = await apiWorld(certificates)
    const answer = await world.call('POST', paths.workers(), { ...json(registration) })
    expect(answer).toMatchObject({ status: 200 })
    expect(world.services.calls).toEqual([{ call: 'register', caller: world.pools.first, more: registration }])
  })

  it.each([
    ['a stranger’s certificate', certificates.stranger],
    ['an expired certificate', certificates.expired],
    ['no certificate', null],
  ])('is refused in the handshake with %s', async (_, identity) => {
    await using world = await apiWorld(certificates)
    const dispatcher = world.agentOf(identity)
    await expect(world.call('POST', paths.workers(), { ...json(registration), dispatcher } as never)).rejects.toThrow()
    expect(world.services.calls).toEqual([])
  })

  it('is refused with a certificate that was replaced', async () => {
    await using world = await apiWorld(certificates)
    const options = { ...json(registration), dispatcher: world.agentOf(certificates.replaced) } as never
    expect(await errorOf(world.call('POST', paths.workers(), options))).toEqual([403, 'certificate-refused'])
    expect(await errorOf(world.call('GET', paths.orders(world.worker), options))).toEqual([403, 'certificate-refused'])
    expect(world.services.calls).toEqual([])
  })

  it.each([
    ['another session', { authorization: 'Bearer guessed' }],
    ['no session', { authorization: '' }],
    ['an unknown worker', { [workerHeader]: ulid() }],
  ])('is not known with %s', async (_, headers) => {
    await using world = await apiWorld(certificates)
    expect(await errorOf(world.call('GET', paths.job(job), { headers }))).toEqual([401, 'unknown-worker'])
    expect(world.services.calls).toEqual([])
  })

  it('is not known with the certificate of another pool', async () => {
    await using world = await apiWorld(certificates)
    const options = { dispatcher: world.agentOf(certificates.second) } as never
    expect(await errorOf(world.call('GET', paths.job(job), options))).toEqual([401, 'unknown-worker'])
  })

  it('is known again on a resumed TLS session', async () => {
    await using world = await apiWorld(certificates)
    for (let round = 0; round < 3; round++) {
      const answer = await world.call('GET', paths.orders(world.worker), {
        headers: { connection: 'close' },
        reset: true,
      } as never)
      expect(answer.status).toBe(200)
    }
  })

  it('cannot call for another worker', async () => {
    await using world = await apiWorld(certificates)
    const other = world.workerOf(world.pools.first)
    expect(await errorOf(world.call('GET', paths.orders(other)))).toEqual([400, 'bad-request'])
    expect(await errorOf(world.call('POST', paths.heartbeat(other), json(heartbeat)))).toEqual([400, 'bad-request'])
  })
})

describe('a call', () => {
  it('is handed on with who calls and what was said', async () => {
    await using world = await apiWorld(certificates)
    const caller = { pool: world.pools.first, worker: world.worker }
    const claim = ulid()
    const report = { kind: 'phase', sequence: 1, at: 5, phase: 'PLANNING', logOffset: 7 }
    const calls = [
      await world.call('POST', paths.heartbeat(world.worker), json(heartbeat)),
      await world.call('GET', paths.orders(world.worker)),
      await world.call('POST', paths.goodbye(world.worker), json({ reason: 'over' })),
      await world.call('GET', paths.job(job)),
      await world.call('POST', paths.start(job), json({ claim })),
      await world.call('POST', paths.reports(job), json(report)),
      await world.call('GET', paths.log(job)),
    ]
    expect(calls.map(({ status }) => status)).toEqual([200, 200, 204, 200, 204, 204, 200])
    expect(world.services.calls).toEqual([
      { call: 'heartbeat', caller, more: heartbeat },
      { call: 'orders', caller, more: undefined },
      { call: 'goodbye', caller, more: { reason: 'over' } },
      { call: 'document', caller, more: job },
      { call: 'start', caller, more: { job, claim } },
      { call: 'report', caller, more: { job, report } },
      { call: 'logHeld', caller, more: job },
    ])
  })

  it('keeps fields that a newer launcher sends', async () => {
    await using world = await apiWorld(certificates)
    expect(await world.call('POST', paths.heartbeat(world.worker), json({ ...heartbeat, mood: 'good' }))).toMatchObject(
      { status: 200 },
    )
  })

  it.each(Object.entries(apiErrors))('that is refused as %s says so', async (code, { status }) => {
    await using world = await apiWorld(certificates)
    world.services.failure = new Refusal(code as ApiErrorCode, 'because', { held: 3 })
    const answer = await world.call('GET', paths.job(job))
    expect([answer.status, answer.json()]).toEqual([status, { error: { code, message: 'because', held: 3 } }])
  })

  it('that fails says nothing of why', async () => {
    await using world = await apiWorld(certificates)
    world.services.failure = new Error('the password is 1234')
    const answer = await world.call('GET', paths.job(job))
    expect([answer.status, answer.json().error?.code]).toEqual([500, 'internal'])
    expect(answer.text).not.toContain('1234')
  })

  it.each([
    ['no JSON', { headers: { 'content-type': 'application/json' }, body: '{"job":' }],
    ['nothing', { headers: { 'content-type': 'application/json' } }],
    ['neither type nor body', {}],
    ['another type', { headers: { 'content-type': 'text/plain' }, body: '{}' }],
    ['no heartbeat', json({ job: 'x', draining: 1 })],
    ['no object', json(null)],
    [
      'a prototype',
      {
        headers: { 'content-type': 'application/json' },
        body: '{"__proto__":{"job":null,"draining":false,"sentAt":1}}',
      },
    ],
  ])('is a bad request with %s', async (_, options) => {
    await using world = await apiWorld(certificates)
    expect(await errorOf(world.call('POST', paths.heartbeat(world.worker), options))).toEqual([400, 'bad-request'])
    expect(world.services.calls).toEqual([])
  })

  it('names the fault of its body', async () => {
    await using world = await apiWorld(certificates)
    const answer = await world.call(
      'POST',
      paths.heartbeat(world.worker),
      json({ job: null, draining: 'no', sentAt: 1 }),
    )
    expect(answer.json().error?.message).toContain('/draining')
  })

  it('of another major version is refused with both numbers, whatever else it says', async () => {
    await using world = await apiWorld(certificates)
    const answer = await world.call('POST', paths.workers(), json({ protocol: { major: 2, minor: 0 }, name: 'new' }))
    expect([answer.status, answer.json().error?.code]).toEqual([426, 'wrong-protocol'])
    expect(answer.json().error?.message).toMatch(/2.*1/)
  })

  it.each([
    '../../etc/passwd',
    '%2e%2e%2fworkers',
    job.toLowerCase(),
    'x'.repeat(26),
    `${job}%00`,
    `${job}%2f..`,
    '%zz',
    'x'.repeat(5000),
  ])('about the job %s never gets as far as the services', async (id) => {
    await using world = await apiWorld(certificates)
    for (const path of [paths.job(id), paths.log(id), paths.workspace(id)]) {
      const [status] = await errorOf(world.call('GET', path))
      expect([400, 404]).toContain(status)
    }
    expect(world.services.calls).toEqual([])
  })

  it.each([
    ['GET', '/v1/workers'],
    ['GET', '/'],
    ['DELETE', `/v1/jobs/${job}`],
    ['HEAD', `/v1/jobs/${job}`],
    ['GET', '/v2/workers'],
  ] as const)('%s %s is not there', async (method, path) => {
    await using world = await apiWorld(certificates)
    expect((await world.call(method, path)).status).toBe(404)
  })

  it('with a head of megabytes is refused', async () => {
    await using world = await apiWorld(certificates)
    const answer = await world
      .call('GET', paths.job(job), { headers: { 'x-big': 'x'.repeat(1024 * 1024) } })
      .catch(() => ({ status: 0 }))
    expect([0, 431]).toContain(answer.status)
  })

  it('with a body of megabytes where kilobytes belong is too large', async () => {
    await using world = await apiWorld(certificates)
    const body = json({ reason: 'x'.repeat(3 * 1024 * 1024) })
    expect(await errorOf(world.call('POST', paths.goodbye(world.worker), body))).toEqual([413, 'too-large'])
    expect(world.services.calls).toEqual([])
  })
})

describe('stopping', () => {
  it('waits for the call in hand, and takes no other', async () => {
    const world = await apiWorld(certificates)
    const { promise, resolve } = Promise.withResolvers<void>()
    world.services.pause = promise
    const inHand = world.call('GET', paths.job(job))
    await expect.poll(() => world.services.calls.length).toBe(1)
    const stopped = world.api.stop()
    resolve()
    expect((await inHand).status).toBe(200)
    await stopped
    await expect(world.call('GET', paths.job(job))).rejects.toThrow()
    await world[Symbol.asyncDispose]()
  })

  it('cuts a call that does not end in time', async () => {
    const world = await apiWorld(certificates, { closeMs: 100 })
    world.services.pause = new Promise(() => {})
    const inHand = world.call('GET', paths.job(job))
    await expect.poll(() => world.services.calls.length).toBe(1)
    await Promise.all([expect(inHand).rejects.toThrow(), world.api.stop()])
    await world[Symbol.asyncDispose]()
  })

  it('is not held up by connections that are kept', async () => {
    await using world = await apiWorld(certificates, { closeMs: 60_000 })
    await world.call('GET', paths.job(job))
    await world.api.stop()
  })
})
