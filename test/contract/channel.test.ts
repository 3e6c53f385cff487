import { ulid } from 'ulid'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Registered } from '../../protocol/worker.ts'
import { startBlackhole } from '../fakes/blackhole.ts'
import { ThrowawayAuthority } from '../fakes/certificates.ts'
import { startProxy } from '../fakes/connect-proxy.ts'
import { FakeControlPlane, makeCertificates } from '../fakes/control-plane.ts'
import { until } from '../fakes/until.ts'
import { channelBy, farEndOf, goodbyeMs, registerAt, ways, type Changes } from './channel-world.ts'

/* What every ControlChannel does, whatever it goes by. */

const certificates = makeCertificates()
const stranger = new ThrowawayAuthority()
const rounded = (pauses: number[], length: number) => pauses.slice(0, length).map((ms) => Math.round(ms / 500) * 500)

describe.each(ways)('a channel by %s', (way) => {
  let plane: FakeControlPlane
  let registered: Registered
  let end: ReturnType<typeof farEndOf>
  const channels: ReturnType<typeof channelBy>[] = []

  beforeEach(async () => {
    plane = await FakeControlPlane.start({ certificates })
    registered = await registerAt(plane)
    end = farEndOf(plane, way)
  })
  afterEach(async () => {
    await Promise.all(channels.splice(0).map((channel) => channel.end()))
    await plane.close()
  })

  const make = (changes: Changes = {}) => {
    const world = channelBy({ way, plane, registered }, changes)
    channels.push(world)
    return world
  }
  const open = (changes: Changes = {}) => {
    const world = make(changes)
    world.channel.open()
    return world
  }
  const online = (world: { count: (pattern: RegExp) => number }, times = 1) =>
    until(`online for the ${times}. time`, () => world.count(/^online/) === times && end.connected())

  it('says nothing before it is opened', async () => {
    const { channel, said } = make()
    await channel.close(100)
    expect(said).toEqual([])
    expect(plane.broker.connected).toEqual([])
    expect(plane.calls(/rings/)).toEqual([])
  })

  it('is online once it is heard, and hears rings', async () => {
    const world = open()
    await online(world)
    const job = ulid()
    await plane.ring(registered.worker, job)
    await until('the ring', () => world.said.length === 2)
    await plane.ring(registered.worker)
    await until('the second ring', () => world.said.length === 3)
    expect(world.said[0]).toBe('online')
    expect(world.said[1]).toBe(`ring ${job}`)
  })

  it('misses no last ring, however fast they come', async () => {
    const world = open()
    await online(world)
    const last = ulid()
    for (let index = 0; index < 50; index++) await plane.ring(registered.worker, ulid())
    await plane.ring(registered.worker, last)
    await until('the last ring', () => world.said.at(-1) === `ring ${last}`)
    expect(world.count(/^offline/)).toBe(0)
  })

  it('is heard again after every restart of the far end, which forgot everything', async () => {
    const world = open()
    await online(world)
    for (const round of [2, 3]) {
      await end.stop()
      await until('offline', () => world.count(/^offline/) >= round - 1)
      await end.start()
      await online(world, round)
    }
    await plane.ring(registered.worker)
    await until('the ring', () => world.count(/^ring/) === 1)
  })

  it('waits longer after each failure, up to a minute', async () => {
    await end.stop()
    const { pauses, count } = open()
    await until('nine failures', () => count(/^offline/) >= 9)
    expect(rounded(pauses, 9)).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000])
  })

  it('keeps its distance from a far end that drops everybody at once', async () => {
    const world = open()
    for (const round of [1, 2, 3, 4]) {
      await online(world, round)
      end.cut()
      await until('offline', () => world.count(/^offline/) === round)
    }
    expect(rounded(world.pauses, 4)).toEqual([500, 1000, 2000, 4000])
  })

  it('says that its session was refused, and is let in with a new one without waiting for the end of the pause', async () => {
    const world = open({ pausesMs: 60_000 })
    const { said, session, channel } = world
    await online(world)
    plane.forget(registered.worker)
    end.cut()
    await until('the refusal', () => said.length >= 2)
    session.replace(await registerAt(plane))
    channel.renew()
    await until('online', () => said.at(-1) === 'online')
  })

  it('becomes another worker when it is told to', async () => {
    const world = open({ pausesMs: 60_000 })
    await online(world)
    const other = await registerAt(plane)
    world.session.replace(other)
    world.channel.renew()
    await online(world, 2)
    await plane.ring(other.worker)
    await until('the ring', () => world.count(/^ring/) === 1)
  })

  it('does not speak to a far end of another authority', async () => {
    const { said, count } = open({ authority: stranger.certificate })
    await until('two failures', () => count(/^offline/) >= 2)
    expect(said).not.toContain('online')
    expect(said[0]).toMatch(/\w+_\w+/)
  })

  it('is not let in with a certificate of another authority', async () => {
    const { said, count } = open({ identity: stranger.issue({ name: certificates.poolId }) })
    await until('two failures', () => count(/^offline/) >= 2)
    expect(said).not.toContain('online')
  })

  it('says goodbye, so that nobody takes it for crashed', async () => {
    const world = open()
    await online(world)
    await world.channel.close(goodbyeMs)
    await until('the goodbye', () => end.gone().length > 0)
    expect(end.gone()).toEqual([false])
    expect(world.said).toEqual(['online'])
  })

  it('says no goodbye when it is only left', async () => {
    const world = open()
    await online(world)
    await world.channel.abandon(goodbyeMs)
    expect(end.gone()).toEqual([])
    expect(world.said).toEqual(['online'])
  })

  it('is missed when it is gone without a word', async () => {
    const world = open()
    await online(world)
    end.cut()
    await world.channel.abandon(0)
    await until('it is missed', () => end.gone().includes(true))
  })

  it('closes while it cannot connect, and in a pause', async () => {
    await end.stop()
    const { channel, count } = open({ pausesMs: 60_000 })
    await until('offline', () => count(/^offline/) === 1)
    await channel.close(60_000)
    expect(count(/./)).toBe(1)
  })

  it('is not held by a far end that does not answer its goodbye', async () => {
    await using hole = await startBlackhole({ port: end.port() })
    const world = open({ port: hole.port })
    await online(world)
    hole.open()
    await world.channel.close(50)
    expect(world.said).toEqual(['online'])
  })

  it('finds out that a connection is half open, and makes another', async () => {
    await using hole = await startBlackhole({ port: end.port() })
    const world = open({ port: hole.port, patienceSeconds: 2, pausesMs: 300 })
    await online(world)
    hole.open()
    await until('offline', () => world.count(/^offline/) > 0)
    hole.close()
    await online(world, 2)
    await plane.ring(registered.worker)
    await until('the ring', () => world.count(/^ring/) === 1)
  })

  it('goes through a proxy, and makes another tunnel when that is cut', async () => {
    await using proxy = await startProxy({ account: 'ada:s e/c@r:et%ü' })
    const world = open({ proxy: { HTTPS_PROXY: proxy.url } })
    await online(world)
    end.cut()
    await online(world, 2)
    await plane.ring(registered.worker)
    await until('the ring', () => world.count(/^ring/) === 1)
    expect(new Set(proxy.asked)).toEqual(new Set([`127.0.0.1:${end.port()}`]))
    expect(proxy.asked.length).toBeGreaterThan(1)
  })

  it('says that a proxy refuses it, or is not there, and not the password', async () => {
    await using proxy = await startProxy({ account: 'ada:right' })
    const refused = open({ proxy: { HTTPS_PROXY: proxy.url.replace('right', 'hunter2') } })
    await until('two refusals', () => refused.count(/^offline: .*407 Proxy Authentication Required/) >= 2)
    const absent = open({ proxy: { HTTPS_PROXY: 'http://ada:hunter2@127.0.0.1:9' } })
    await until('two failures', () => absent.count(/^offline: .*ECONNREFUSED/) >= 2)
    expect([...refused.said, ...absent.said].join()).not.toContain('hunter2')
  })

  it('goes directly to hosts of NO_PROXY', async () => {
    await using proxy = await startProxy()
    await online(open({ proxy: { HTTPS_PROXY: proxy.url, NO_PROXY: 'other.example,127.0.0.1' } }))
    expect(proxy.asked).toEqual([])
  })

  it('gives way to another of the same worker, ever more slowly', async () => {
    const first = open()
    await online(first)
    const second = open({ pausesMs: 60_000 })
    await online(second)
    await until('both gave way', () => first.count(/^offline/) > 0)
    await until('the first is back', () => first.count(/^online/) > 1)
    await until('the second gave way', () => second.count(/^offline/) > 0)
    expect(second.pauses.filter((ms) => ms > 400)).toHaveLength(1)
    expect(first.pauses.at(-1)).toBeGreaterThanOrEqual(400)
  })
})
