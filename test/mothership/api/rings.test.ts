import { describe, expect, it } from 'vitest'
import { paths } from '../../../protocol/calls.ts'
import { until } from '../../fakes/until.ts'
import { apiCertificates, apiWorld } from '../support/api-world.ts'

const certificates = apiCertificates()

describe('GET /v1/workers/{worker}/rings', () => {
  it('is answered at once, then held until the worker is rung for', async () => {
    await using world = await apiWorld(certificates)
    const path = paths.rings(world.worker)
    const first = (await world.call('GET', `${path}?wait=20`)).json()
    expect(first).toEqual({ cursor: expect.any(String) as string, rang: false })
    const held = world.call('GET', `${path}?wait=20&after=${String(first['cursor'])}`)
    await until('it is held', () => world.rings.held === 1)
    world.rings.ring({ pool: world.pools.first, worker: world.worker })
    expect((await held).json()).toMatchObject({ rang: true })
  })

  it('is for the worker itself only, and for whoever says how long', async () => {
    await using world = await apiWorld(certificates)
    const path = paths.rings(world.worker)
    const other = world.workerOf(world.pools.first)
    expect((await world.call('GET', `${paths.rings(other)}?wait=1`)).status).toBe(400)
    expect((await world.call('GET', `${path}?wait=1`, { headers: { authorization: 'Bearer guessed' } })).status).toBe(
      401,
    )
    for (const query of [
      '',
      '?wait=0',
      '?wait=1.5',
      '?wait=-1',
      '?wait=x',
      '?wait=1&wait=2',
      `?wait=1&after=${'x'.repeat(101)}`,
    ]) {
      const { status, json } = await world.call('GET', `${path}${query}`)
      expect([query, status, json().error?.code]).toEqual([query, 400, 'bad-request'])
    }
  })

  it('is let go when the server stops, which waits for nobody who asks', async () => {
    const world = await apiWorld(certificates)
    const path = paths.rings(world.worker)
    const { cursor } = (await world.call('GET', `${path}?wait=50`)).json()
    const held = world.call('GET', `${path}?wait=50&after=${String(cursor)}`)
    await until('it is held', () => world.rings.held === 1)
    const stopped = world.api.stop()
    world.rings.stop()
    const answer = await held
    expect(answer.json()).toEqual({ cursor, rang: false })
    expect(answer.headers['connection']).toBe('close')
    await stopped
    await world[Symbol.asyncDispose]()
  })

  it('is forgotten when its connection breaks', async () => {
    await using world = await apiWorld(certificates)
    const path = paths.rings(world.worker)
    const { cursor } = (await world.call('GET', `${path}?wait=50`)).json()
    const dispatcher = world.agentOf(certificates.first)
    const held = world.call('GET', `${path}?wait=50&after=${String(cursor)}`, { dispatcher } as object)
    await until('it is held', () => world.rings.held === 1)
    void dispatcher.destroy()
    await expect(held).rejects.toThrow()
    await until('it is not held any more', () => world.rings.held === 0)
  })
})
