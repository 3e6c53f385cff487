import { ulid } from 'ulid'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LoopbackBroker } from '../../fakes/loopback-broker.ts'
import { makeCertificates } from '../../fakes/control-plane.ts'
import { until } from '../../fakes/until.ts'
import type { Registered } from '../../../protocol/worker.ts'
import { channelOf, someWorker } from './channel-world.ts'

const { authority, server, pool, poolId } = makeCertificates()

let broker: LoopbackBroker
let sessions: Map<string, string>
let registered: Registered
let open: (changes?: { pausesMs?: number }) => ReturnType<typeof channelOf>
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

/* What every channel does is in test/contract/channel.test.ts; here is what MQTT has alone. */
describe('MqttChannel', () => {
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
})
