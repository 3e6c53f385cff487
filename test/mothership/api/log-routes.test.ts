import { ulid } from 'ulid'
import { describe, expect, it } from 'vitest'
import { paths } from '../../../protocol/calls.ts'
import { logRangeHeaders, maxLogRangeBytes } from '../../../protocol/log-range.ts'
import { apiCertificates, apiWorld } from '../support/api-world.ts'

const certificates = apiCertificates()
const path = paths.log(ulid())
const bytes = Buffer.from('zeile äöü\n')
const range = (offset: number, body = bytes) => ({ headers: { ...logRangeHeaders(offset, body) }, body })

describe('a log range', () => {
  it('is handed on as the bytes that were sent, and answered with what is held', async () => {
    await using world = await apiWorld(certificates)
    const answer = await world.call('PUT', path, range(0))
    expect([answer.status, answer.json()]).toEqual([200, { length: bytes.length }])
    expect(Buffer.from(world.services.log.pieces[0]?.bytes ?? [])).toEqual(bytes)
    expect((await world.call('GET', path)).json()).toEqual({ length: bytes.length })
  })

  it('behind a gap is refused with what is held', async () => {
    await using world = await apiWorld(certificates)
    world.services.log.held = 7
    const answer = await world.call('PUT', path, range(8))
    expect([answer.status, answer.json().error]).toMatchObject([409, { code: 'log-incomplete', held: 7 }])
  })

  it('that was changed on its way is refused', async () => {
    await using world = await apiWorld(certificates)
    const answer = await world.call('PUT', path, { ...range(0), body: Buffer.from('zeile aou\n   ') })
    expect([answer.status, answer.json().error?.code]).toEqual([422, 'digest-mismatch'])
    expect(world.services.calls).toEqual([])
  })

  it.each([
    ['no headers', { headers: {}, body: bytes }],
    ['another length', { ...range(0), body: Buffer.concat([bytes, bytes]) }],
    ['an empty body', { ...range(0), body: '' }],
    ['a range of another form', { headers: { ...range(0).headers, 'content-range': 'bytes 0-' }, body: bytes }],
    ['a range that runs backwards', { headers: { ...range(0).headers, 'content-range': 'bytes 5-3/*' }, body: bytes }],
    ['a negative range', { headers: { ...range(0).headers, 'content-range': 'bytes -5-3/*' }, body: bytes }],
    [
      'a range beyond all numbers',
      { headers: { ...range(0).headers, 'content-range': `bytes ${'9'.repeat(30)}-${'9'.repeat(31)}/*` }, body: bytes },
    ],
    ['another digest', { headers: { ...range(0).headers, 'content-digest': 'md5=:AAAA:' }, body: bytes }],
  ])('is a bad request with %s', async (_, options) => {
    await using world = await apiWorld(certificates)
    const answer = await world.call('PUT', path, options)
    expect([answer.status, answer.json().error?.code]).toEqual([400, 'bad-request'])
    expect(world.services.calls).toEqual([])
  })

  it('may have four mebibytes, and no byte more', async () => {
    await using world = await apiWorld(certificates)
    expect((await world.call('PUT', path, range(0, Buffer.alloc(maxLogRangeBytes)))).status).toBe(200)
    const tooLong = range(0, Buffer.alloc(maxLogRangeBytes + 1))
    expect((await world.call('PUT', path, tooLong)).json().error?.code).toBe('too-large')
    const lying = { ...tooLong, headers: { ...tooLong.headers, 'content-range': 'bytes 0-9/*' } }
    expect((await world.call('PUT', path, lying)).json().error?.code).toBe('too-large')
    expect(world.services.log.pieces).toHaveLength(1)
  })

  it('waits its turn when too many are being taken', async () => {
    await using world = await apiWorld(certificates, { maxLogBytesInHand: 15 })
    const { promise, resolve } = Promise.withResolvers<void>()
    world.services.pause = promise
    const first = world.call('PUT', path, range(0))
    await expect.poll(() => world.services.calls.length).toBe(1)
    const second = await world.call('PUT', path, range(0))
    expect([second.status, second.headers['retry-after']]).toEqual([429, '1'])
    resolve()
    expect((await first).status).toBe(200)
    await expect.poll(async () => (await world.call('PUT', path, range(0))).status).toBe(200)
  })

  it('that does not come is not waited for', async () => {
    await using world = await apiWorld(certificates, { bodyMs: 100 })
    const never = new ReadableStream<Uint8Array>({ start: (stream) => stream.enqueue(bytes.subarray(0, 3)) })
    const sent = world.call('PUT', path, { ...range(0), body: never as never })
    await expect(sent).rejects.toThrow()
    expect(world.services.calls).toEqual([])
  })
})
