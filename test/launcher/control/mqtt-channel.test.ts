import { connect as connectTcp, createServer } from 'node:net'
import { ulid } from 'ulid'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LoopbackBroker } from '../../fakes/loopback-broker.ts'
import { makeCertificates } from '../../fakes/control-plane.ts'
import { ThrowawayAuthority, type Identity } from '../../fakes/certificates.ts'
import { until } from '../../fakes/until.ts'
import type { Registered } from '../../../protocol/worker.ts'
import { channelOf, someWorker } from './channel-world.ts'

const { authority, server, pool, poolId } = makeCertificates()
const stranger = new ThrowawayAuthority()

let broker: LoopbackBroker
let sessions: Map<string, string>
let registered: Registered
let open: (changes?: { identity?: Identity; authority?: string; pausesMs?: number }) => ReturnType<typeof channelOf>
const channels: ReturnType<typeof channelOf>[] = []

beforeEach(async () => {
  registered = someWorker(poolId)
  sessions = new Map([[registered.worker, registered.session]])
  broker = new LoopbackBroker({
    identity: server,
    authority: authority.certificate,
    pool: poolId,
    sessionOf: (worker) => sessions.get(worker) ?? null,
  })
  await broker.start()
  open = (changes = {}) => {
    const endpoint = `mqtts://127.0.0.1:${broker.port}`
    const world = channelOf({ endpoint, identity: pool, authority: authority.certificate, registered, ...changes })
    channels.push(world)
    world.channel.open()
    return world
  }
})

afterEach(async () => {
  await Promise.all(channels.splice(0).map(({ channel }) => channel.close(100)))
  await broker.stop()
})

describe('MqttChannel', () => {
  it('says nothing before it is opened', async () => {
    const { channel, said } = channelOf({
      endpoint: `mqtts://127.0.0.1:${broker.port}`,
      identity: pool,
      authority: authority.certificate,
      registered,
    })
    await channel.close(100)
    expect(said).toEqual([])
    expect(broker.connected).toEqual([])
  })

  it('is online once it is subscribed, and hears rings', async () => {
    const { said } = open()
    await until('online', () => said.includes('online'))
    expect(broker.subscribed).toEqual([registered.worker])
    const job = ulid()
    await broker.publish(registered.worker, JSON.stringify({ version: 1, type: 'orders', job }))
    await broker.publish(registered.worker, JSON.stringify({ version: 1, type: 'orders', added: 'later' }))
    await until('two rings', () => said.length === 3)
    expect(said).toEqual(['online', `ring ${job}`, 'ring null'])
  })

  it('accepts the other names of MQTT over TLS', async () => {
    for (const scheme of ['tls', 'ssl']) {
      const endpoint = `${scheme}://localhost:${broker.port}`
      const world = channelOf({ endpoint, identity: pool, authority: authority.certificate, registered })
      channels.push(world)
      world.channel.open()
      await until(`online by ${scheme}`, () => world.said.includes('online'))
      await world.channel.close(1000)
    }
  })

  it('passes over what is not a message, and hears the next one', async () => {
    const { said } = open()
    await until('online', () => said.includes('online'))
    const rubbish = [
      '',
      'not json',
      '{"version":2,"type":"orders"}',
      '{"version":1,"type":"dance"}',
      Buffer.alloc(2_000_000, 'x'),
      '[]',
    ]
    for (const payload of rubbish) await broker.publish(registered.worker, payload)
    await broker.publish(registered.worker, JSON.stringify({ version: 1, type: 'orders' }))
    await until('the ring', () => said.includes('ring null'))
    expect(said.filter((line) => line.startsWith('malformed: '))).toHaveLength(rubbish.length)
    expect(said).toContain('malformed: message: longer than 4096 bytes')
    expect(said.filter((line) => line.startsWith('offline'))).toEqual([])
  })

  it('subscribes again after every connection, when the broker was restarted and forgot everything', async () => {
    const { said, count } = open()
    await until('online', () => said.includes('online'))
    for (const round of [2, 3]) {
      await broker.stop()
      await until('offline', () => count(/^offline/) >= round - 1)
      await broker.start()
      await until('online again', () => count(/^online/) === round)
    }
    await broker.publish(registered.worker, JSON.stringify({ version: 1, type: 'orders' }))
    await until('the ring', () => said.includes('ring null'))
    expect(broker.subscribed).toHaveLength(3)
  })

  it('waits longer after each failure, up to a minute', async () => {
    await broker.stop()
    const { pauses, count } = open()
    await until('nine failures', () => count(/^offline/) >= 9)
    expect(pauses.slice(0, 9).map((ms) => Math.round(ms / 500) * 500)).toEqual([
      500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000,
    ])
  })

  it('keeps its distance from a broker that drops everybody at once', async () => {
    const { pauses, count } = open()
    for (const round of [1, 2, 3, 4]) {
      await until('online', () => count(/^online/) === round)
      broker.cut()
      await until('offline', () => count(/^offline/) === round)
    }
    expect(pauses.slice(0, 4).map((ms) => Math.round(ms / 500) * 500)).toEqual([500, 1000, 2000, 4000])
  })

  it('notices a subscription that is refused, leaves, and tries again', async () => {
    broker.refuseSubscriptions = true
    const { said, count } = open()
    await until('two refusals', () => count(/^offline: the broker refused the subscription$/) >= 2)
    expect(said).not.toContain('online')
    broker.refuseSubscriptions = false
    await until('online', () => said.includes('online'))
  })

  it('says that its session was refused, and is let in with a new one', async () => {
    sessions.set(registered.worker, 'another session')
    const { said, session, channel } = open({ pausesMs: 60_000 })
    await until('the refusal', () => said[0] === 'offline: the broker refused the connection (code 5)')
    session.replace({ ...registered, session: 'another session' })
    // Does not wait for the end of the pause.
    channel.renew()
    await until('online', () => said.includes('online'))
  })

  it('becomes another worker when it is told to', async () => {
    const { said, session, channel, count } = open({ pausesMs: 60_000 })
    await until('online', () => said.includes('online'))
    const other = someWorker(poolId)
    sessions.set(other.worker, other.session)
    session.replace(other)
    channel.renew()
    await until('online as the other', () => count(/^online/) === 2)
    expect(broker.connected).toEqual([registered.worker, other.worker])
    await broker.publish(other.worker, JSON.stringify({ version: 1, type: 'orders' }))
    await until('the ring', () => said.includes('ring null'))
  })

  it('does not speak to a broker of another authority', async () => {
    const { said, count } = open({ authority: stranger.certificate })
    await until('two failures', () => count(/^offline/) >= 2)
    expect(said[0]).toMatch(/^offline: no connection to the broker \(\w+\)$/)
    expect(broker.connected).toEqual([])
  })

  it('is not let in with a certificate of another authority', async () => {
    const { said, count } = open({ identity: stranger.issue({ name: poolId }) })
    await until('two failures', () => count(/^offline/) >= 2)
    expect(said).not.toContain('online')
    expect(broker.connected).toEqual([])
  })

  it('says goodbye, so that nobody takes it for crashed', async () => {
    const { channel, said } = open()
    await until('online', () => said.includes('online'))
    await channel.close(5000)
    await until('the goodbye', () => broker.published.length > 0)
    expect(broker.published.map(({ worker, message }) => [worker, message?.crashed])).toEqual([
      [registered.worker, false],
    ])
    expect(said).toEqual(['online'])
  })

  it('leaves a last will for the broker to send when it is gone without a word', async () => {
    const { said, count } = open()
    await until('online', () => said.includes('online'))
    broker.cut()
    await until('the will', () => broker.published.some(({ message }) => message?.crashed === true))
    await until('online again', () => count(/^online/) === 2)
  })

  it('closes while it cannot connect, and in a pause', async () => {
    await broker.stop()
    const { channel, count } = open({ pausesMs: 60_000 })
    await until('offline', () => count(/^offline/) === 1)
    await channel.close(60_000)
  })

  it('is not held by a broker that does not answer its goodbye', async () => {
    // Between them: lets everything through until it is told to swallow it.
    let swallow = false
    const proxy = createServer((socket) => {
      const far = connectTcp(broker.port, '127.0.0.1')
      socket.on('data', (data) => swallow || far.write(data))
      far.on('data', (data) => swallow || socket.write(data))
      for (const end of [socket, far]) end.on('error', () => {}).on('close', () => (socket.destroy(), far.destroy()))
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    const { port } = proxy.address() as { port: number }
    const world = channelOf({
      endpoint: `mqtts://127.0.0.1:${port}`,
      identity: pool,
      authority: authority.certificate,
      registered,
    })
    world.channel.open()
    await until('online', () => world.said.includes('online'))
    swallow = true
    await world.channel.close(50)
    proxy.close()
    expect(world.said).toEqual(['online'])
  })
})
