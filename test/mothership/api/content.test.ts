import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { ulid } from 'ulid'
import { describe, expect, it } from 'vitest'
import { paths } from '../../../protocol/calls.ts'
import { Refusal } from '../../../mothership/src/base/errors.ts'
import { apiCertificates, apiWorld } from '../support/api-world.ts'

const certificates = apiCertificates()
const job = ulid()

/** A body that comes in pieces and ends only when it is told. */
function dripping(...pieces: readonly Uint8Array[]) {
  const { promise, resolve } = Promise.withResolvers<void>()
  async function* content() {
    yield* pieces
    await promise
  }
  return { body: Readable.from(content()), end: resolve }
}

describe('an upload', () => {
  it.each([
    ['workspace', paths.workspace(job)],
    ['errored state', paths.erroredState(job)],
  ])('of a %s is stored as it was sent', async (_, path) => {
    await using world = await apiWorld(certificates)
    const body = randomBytes(300_000)
    const answer = await world.call('PUT', path, { body })
    expect(answer.json()).toMatchObject({ length: body.length, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) })
    expect(world.services.stored?.equals(body)).toBe(true)
  })

  it('that says it is too large is refused before it is read', async () => {
    await using world = await apiWorld(certificates, { maxWorkspaceBytes: 10 })
    const answer = await world.call('PUT', paths.workspace(job), { body: Buffer.alloc(11) })
    expect([answer.status, answer.json().error?.code]).toEqual([413, 'too-large'])
    expect(world.services.calls).toEqual([])
  })

  it('that turns out to be too large is refused, and not stored', async () => {
    await using world = await apiWorld(certificates, { maxWorkspaceBytes: 100_000 })
    const body = Readable.from(Array.from({ length: 20 }, () => Buffer.alloc(10_000)))
    const answer = await world.call('PUT', paths.workspace(job), { body })
    expect([answer.status, answer.json().error?.code]).toEqual([413, 'too-large'])
    expect(world.services.stored).toBeUndefined()
  })

  it('that is refused while it comes is answered', async () => {
    await using world = await apiWorld(certificates)
    world.services.failure = new Refusal('job-lost', 'the job is not yours any more')
    const { body, end } = dripping(Buffer.alloc(1000))
    const answer = await world.call('PUT', paths.workspace(job), { body })
    end()
    expect([answer.status, answer.json().error?.code]).toEqual([410, 'job-lost'])
  })

  it('that breaks off is not stored', async () => {
    await using world = await apiWorld(certificates)
    const { body } = dripping(Buffer.alloc(1000))
    const gone = new AbortController()
    const sent = world.call('PUT', paths.workspace(job), { body, signal: gone.signal })
    await expect.poll(() => world.services.calls.length).toBe(1)
    gone.abort()
    await expect(sent).rejects.toThrow()
    await world.api.stop()
    expect(world.services.stored).toBeUndefined()
  })

  it('that stops flowing is cut, and not stored', async () => {
    await using world = await apiWorld(certificates, { idleMs: 200 })
    const { body } = dripping(Buffer.alloc(1000))
    await expect(world.call('PUT', paths.workspace(job), { body })).rejects.toThrow()
    expect(world.services.stored).toBeUndefined()
  })

  it('may take longer than a small body may, while it flows', async () => {
    await using world = await apiWorld(certificates, { bodyMs: 50 })
    const { body, end } = dripping(Buffer.alloc(1000))
    const sent = world.call('PUT', paths.workspace(job), { body })
    await expect.poll(() => world.services.calls.length).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 100))
    end()
    expect((await sent).status).toBe(200)
  })
})

describe('a download', () => {
  it.each([
    ['source', paths.source(job)],
    ['workspace', paths.workspace(job)],
  ])('of a %s is sent as it is, with its length', async (_, path) => {
    await using world = await apiWorld(certificates)
    const content = Buffer.from('a'.repeat(200_000))
    world.services.download = { length: content.length, content: Readable.from([content]) }
    const answer = await world.call('GET', path)
    expect([answer.status, answer.headers['content-length'], answer.text]).toEqual([200, '200000', content.toString()])
  })

  it('that nobody reads is cut, and its source let go', async () => {
    await using world = await apiWorld(certificates, { idleMs: 300 })
    const length = 64 * 1024 * 1024
    const content = Readable.from(
      (async function* () {
        for (let sent = 0; sent < length; sent += 65_536) yield Buffer.alloc(65_536)
      })(),
    )
    world.services.download = { length, content }
    const { request } = await import('undici')
    const answer = await request(`https://localhost:${world.port}${paths.workspace(job)}`, {
      dispatcher: world.agentOf(certificates.first),
      headers: world.headers,
    })
    await expect.poll(() => content.destroyed, { timeout: 10_000 }).toBe(true)
    await expect(answer.body.arrayBuffer()).rejects.toThrow()
  })

  it('whose source fails is not taken for whole', async () => {
    await using world = await apiWorld(certificates)
    const content = Readable.from(
      (async function* () {
        yield Buffer.alloc(1000)
        throw new Error('the disk is gone')
      })(),
    )
    world.services.download = { length: 5000, content }
    await expect(world.call('GET', paths.workspace(job))).rejects.toThrow()
  })
})
