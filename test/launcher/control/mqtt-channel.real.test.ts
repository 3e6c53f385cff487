import { connectAsync, type MqttClient } from 'mqtt'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { decodeGone } from '../../../protocol/messages.ts'
import { makeCertificates } from '../../fakes/control-plane.ts'
import { ThrowawayAuthority } from '../../fakes/certificates.ts'
import { until } from '../../fakes/until.ts'
import { channelOf, someWorker } from './channel-world.ts'
import { Mosquitto } from './mosquitto.ts'

const { authority, server, pool, poolId } = makeCertificates()
const registered = someWorker(poolId)
const { topics } = registered

let broker: Mosquitto
let mothership: MqttClient
let gone: (boolean | null)[]
let world: ReturnType<typeof channelOf>

const connected = async () => {
  gone = []
  const client = await connectAsync(`mqtts://127.0.0.1:${broker.port}`, {
    ca: authority.certificate,
    cert: server.certificate,
    key: server.privateKey,
    username: 'mothership',
    password: 'secret',
    protocolVersion: 4,
    reconnectPeriod: 0,
  })
  client.on('message', (_topic, payload) => {
    const message = decodeGone(payload)
    gone.push(message.ok ? message.value.crashed : null)
  })
  await client.subscribeAsync(topics.writeonly, { qos: 1 })
  return client
}

beforeAll(async () => {
  const users = { [registered.worker]: registered.session, mothership: 'secret' }
  broker = await Mosquitto.start({
    program: inject('mosquitto'),
    identity: server,
    authority: authority.certificate,
    users,
  })
})
afterAll(() => broker.close())

beforeEach(async () => {
  mothership = await connected()
  world = channelOf({
    endpoint: `mqtts://localhost:${broker.port}`,
    identity: pool,
    authority: authority.certificate,
    registered,
  })
})
afterEach(async () => {
  await world.channel.close(1000)
  await mothership.endAsync(true)
})

const ring = (extra = {}) =>
  mothership.publishAsync(topics.readonly, JSON.stringify({ version: 1, type: 'orders', ...extra }), { qos: 1 })

describe('MqttChannel and Mosquitto', () => {
  it('is online with its certificate and session, and hears rings', async () => {
    world.channel.open()
    await until('online', () => world.said.includes('online'))
    await ring()
    await until('the ring', () => world.said.includes('ring null'))
  })

  it('passes over what is not a message, however big', async () => {
    world.channel.open()
    await until('online', () => world.said.includes('online'))
    await mothership.publishAsync(topics.readonly, Buffer.alloc(1_000_000, 'x'), { qos: 1 })
    await mothership.publishAsync(topics.readonly, 'rubbish', { qos: 1 })
    await ring()
    await until('the ring', () => world.said.includes('ring null'))
    expect(world.count(/^malformed/)).toBe(2)
  })

  it('hears rings again after the broker was killed and started anew', async () => {
    world.channel.open()
    await until('online', () => world.said.includes('online'))
    await broker.kill()
    await until('offline', () => world.count(/^offline/) > 0)
    await mothership.endAsync(true)
    await broker.run()
    mothership = await connected()
    await until('online again', () => world.count(/^online/) === 2)
    await ring()
    await until('the ring', () => world.said.includes('ring null'))
  })

  it('says goodbye when it leaves in good order', async () => {
    world.channel.open()
    await until('online', () => world.said.includes('online'))
    await world.channel.close(5000)
    // Mosquitto was seen to publish a will beside it once; whoever has said goodbye is gone already, and a will changes nothing.
    await until('the goodbye', () => gone.includes(false))
  })

  it('is reported as crashed when it hangs up without a word', async () => {
    world.channel.open()
    await until('online', () => world.said.includes('online'))
    world.channel.renew()
    await until('the last will', () => gone.length > 0)
    expect(gone).toEqual([true])
    await until('online again', () => world.count(/^online/) === 2)
  })

  it('is told that its session is not the right one', async () => {
    world.session.replace({ ...registered, session: 'another' })
    world.channel.open()
    await until('the refusal', () => world.said.includes('offline: the broker refused the connection (code 5)'))
    expect(world.said).not.toContain('online')
  })

  it('is not let in with a certificate of another authority', async () => {
    const identity = new ThrowawayAuthority().issue({ name: poolId })
    const endpoint = `mqtts://localhost:${broker.port}`
    const stranger = channelOf({ endpoint, identity, authority: authority.certificate, registered })
    stranger.channel.open()
    await until('two refusals', () => stranger.count(/^offline/) >= 2)
    await stranger.channel.close(100)
    expect(stranger.said).not.toContain('online')
    expect(stranger.said[0]).toMatch(/^offline: no connection to the broker \(ERR_SSL_\w*ALERT_\w+\)$/)
  })
})
