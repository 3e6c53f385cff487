import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { ulid } from 'ulid'
import { describe, expect, it } from 'vitest'
import { decodeRing, encodeMessage, maxMessageBytes } from '../../../protocol/messages.ts'
import { workerTopics } from '../../../protocol/topics.ts'
import { brokerCertificates, brokerWorld, nextMessage, refusalOf } from '../support/broker-world.ts'
import type { Identity } from '../../fakes/certificates.ts'
import { until } from '../../fakes/until.ts'
import { closing } from '../support/closing.ts'

const certificates = brokerCertificates()
const [firstPool = '', secondPool = ''] = Object.keys(certificates.pools)
const topicsOf = ({ pool, worker }: { pool: string; worker: string }) => workerTopics(pool, worker)
const goodbye = encodeMessage({ version: 1, type: 'gone', crashed: false })

describe('who may connect', () => {
  it('is a worker with its pool’s certificate and its session', async () => {
    await using world = await brokerWorld(certificates)
    expect(await refusalOf(world.connect(world.newWorker()))).toBe(0)
  })

  it.each([
    ['without a certificate', { key: '', cert: '' }],
    [
      'with a stranger’s certificate',
      { key: certificates.stranger.privateKey, cert: certificates.stranger.certificate },
    ],
    ['with an expired certificate', { key: certificates.expired.privateKey, cert: certificates.expired.certificate }],
  ])('is nobody %s', async (_, changes) => {
    await using world = await brokerWorld(certificates)
    expect(await refusalOf(world.connect(world.newWorker(), changes))).toBe('closed')
  })

  it.each([
    [
      'with a certificate that is no pool’s',
      { key: certificates.orphan.privateKey, cert: certificates.orphan.certificate },
      5,
    ],
    ['with a wrong session', { password: 'guessed' }, 4],
    ['without a session', { password: '' }, 4],
    ['under another client id', { clientId: ulid() }, 4],
    ['under a client id that is no id', { clientId: 'launcher' }, 2],
    ['with a lasting session', { clean: false }, 5],
    [
      'with a will to another topic',
      { will: { topic: 'spacelift/readonly/a/b', payload: Buffer.alloc(0), qos: 1, retain: false } as const },
      5,
    ],
  ])('is nobody %s', async (_, changes, code) => {
    await using world = await brokerWorld(certificates)
    expect(await refusalOf(world.connect(world.newWorker(), changes))).toBe(code)
  })

  it('is no worker of another pool', async () => {
    await using world = await brokerWorld(certificates)
    const { privateKey: key, certificate: cert } = certificates.pools[secondPool] ?? certificates.orphan
    expect(await refusalOf(world.connect(world.newWorker(firstPool), { key, cert }))).toBe(5)
  })

  it('is nobody without a keep alive', async () => {
    await using world = await brokerWorld(certificates)
    expect(await refusalOf(world.connect(world.newWorker(), { keepalive: 0 }))).not.toBe(0)
  })
})

describe('a ring', () => {
  it('reaches the worker that it is for, and no other', async () => {
    await using world = await brokerWorld(certificates)
    const [worker, other] = [world.newWorker(), world.newWorker()]
    const [client, stranger] = [await world.connected(worker), await world.connected(other)]
    let misled = 0
    stranger.on('message', () => misled++)
    await stranger.subscribeAsync(topicsOf(other).readonly, { qos: 1 })
    await client.subscribeAsync(topicsOf(worker).readonly, { qos: 1 })
    const job = ulid()
    const message = nextMessage(client)
    world.broker.ring(worker, job)
    const { topic, payload, packet } = await message
    expect(topic).toBe(topicsOf(worker).readonly)
    expect(decodeRing(payload)).toEqual({ ok: true, value: { version: 1, type: 'orders', job } })
    expect(packet).toMatchObject({ qos: 1, retain: false })
    expect(misled).toBe(0)
  })

  it('is lost in silence for a worker that is not there, or has not subscribed', async () => {
    await using world = await brokerWorld(certificates)
    const worker = world.newWorker()
    const client = await world.connected(worker)
    let rung = 0
    client.on('message', () => rung++)
    world.broker.ring(world.newWorker())
    world.broker.ring(worker)
    await client.subscribeAsync(topicsOf(worker).readonly, { qos: 1 })
    expect(rung).toBe(0)
  })

  it('goes to the newer of two connections of a worker, and the older is closed', async () => {
    await using world = await brokerWorld(certificates)
    const worker = world.newWorker()
    const older = await world.connected(worker)
    await older.subscribeAsync(topicsOf(worker).readonly, { qos: 1 })
    const closed = closing(older)
    const newer = await world.connected(worker)
    await closed
    await newer.subscribeAsync(topicsOf(worker).readonly, { qos: 1 })
    const message = nextMessage(newer)
    world.broker.ring(worker)
    await message
    expect(world.heard).toEqual([])
  })

  it('cuts a worker that does not read', async () => {
    await using world = await brokerWorld(certificates, { maxUnreadBytes: 1024 })
    const worker = world.newWorker()
    const client = await world.connected(worker)
    await client.subscribeAsync(topicsOf(worker).readonly, { qos: 1 })
    const closed = closing(client)
    ;(client.stream as TLSSocket).pause()
    client.stream.removeAllListeners('readable')
    await until('the worker is cut', async () => {
      for (let rings = 0; rings < 1000; rings++) world.broker.ring(worker)
      return world.heard.find(({ event }) => event === 'crashed')
    })
    client.stream.destroy()
    await closed
  })
})

describe('a worker', () => {
  it('is told of as crashed when its connection breaks', async () => {
    await using world = await brokerWorld(certificates)
    const worker = world.newWorker()
    const client = await world.connected(worker)
    client.stream.destroy()
    expect(await until('the will is heard', () => world.heard[0])).toEqual({ event: 'crashed', worker })
  })

  it('is told of as leaving when it says so, and not as crashed', async () => {
    await using world = await brokerWorld(certificates)
    const worker = world.newWorker()
    const client = await world.connected(worker)
    await client.publishAsync(topicsOf(worker).writeonly, goodbye, { qos: 1 })
    await client.endAsync()
    await until('the goodbye is heard', () => world.heard[0])
    await world.broker.stop()
    expect(world.heard).toEqual([{ event: 'goodbye', worker }])
  })

  it('cannot write to the topic of another, in the same pool or not', async () => {
    await using world = await brokerWorld(certificates)
    for (const victim of [world.newWorker(firstPool), world.newWorker(secondPool)]) {
      for (const topic of Object.values(topicsOf(victim))) {
        const client = await world.connected(world.newWorker(firstPool), { will: undefined } as never)
        const closed = closing(client)
        client.publish(topic, goodbye, { qos: 1 })
        await closed
      }
    }
    expect(world.heard).toEqual([])
  })

  it('cannot leave a retained message', async () => {
    await using world = await brokerWorld(certificates)
    const worker = world.newWorker()
    const client = await world.connected(worker)
    const closed = closing(client)
    client.publish(topicsOf(worker).writeonly, goodbye, { qos: 1, retain: true })
    await closed
    expect(world.heard.filter(({ event }) => event === 'goodbye')).toEqual([])
  })

  it('is refused every subscription but its own', async () => {
    await using world = await brokerWorld(certificates)
    const worker = world.newWorker()
    const client = await world.connected(worker)
    const foreign = topicsOf(world.newWorker())
    for (const filter of [
      '#',
      '+/+/+/+',
      'spacelift/readonly/#',
      foreign.readonly,
      foreign.writeonly,
      topicsOf(worker).writeonly,
    ]) {
      await expect(client.subscribeAsync(filter, { qos: 1 }), filter).rejects.toThrow()
    }
    await client.subscribeAsync(topicsOf(worker).readonly, { qos: 1 })
  })

  it('is cut for a message that is too long, for one packet of megabytes before it comes, and for too many messages', async () => {
    await using world = await brokerWorld(certificates)
    for (const size of [maxMessageBytes + 1, 10 * 1024 * 1024]) {
      const worker = world.newWorker()
      const client = await world.connected(worker)
      const closed = closing(client)
      client.publish(topicsOf(worker).writeonly, Buffer.alloc(size), { qos: 0 })
      await closed
    }
    const worker = world.newWorker()
    const client = await world.connected(worker)
    const closed = closing(client)
    for (let messages = 0; messages < 200; messages++) client.publish(topicsOf(worker).writeonly, '{}', { qos: 0 })
    await closed
  })

  it('is passed over when it writes what is no message', async () => {
    await using world = await brokerWorld(certificates)
    const worker = world.newWorker()
    const client = await world.connected(worker)
    for (const text of ['', '{', 'null', '{"version":9}', '{"version":1,"type":"new"}']) {
      await client.publishAsync(topicsOf(worker).writeonly, text, { qos: 1 })
    }
    await client.publishAsync(topicsOf(worker).writeonly, goodbye, { qos: 1 })
    await until('the message is heard', () => world.heard[0])
    expect(world.heard).toEqual([{ event: 'goodbye', worker }])
  })

  it('is found out when it falls silent on an open connection', async () => {
    await using world = await brokerWorld(certificates)
    const worker = world.newWorker()
    const client = await world.connected(worker, { keepalive: 1, reschedulePings: false })
    client.stream.write = () => true
    expect(await until('the silence is heard', () => world.heard[0])).toEqual({ event: 'crashed', worker })
  })
})

describe('the broker', () => {
  const rawClient = (port: number, identity: Identity = certificates.orphan) =>
    connectTls({
      port,
      host: '127.0.0.1',
      key: identity.privateKey,
      cert: identity.certificate,
      ca: certificates.authority.certificate,
    })

  it('outlives garbage before and after the handshake, and cuts whoever sends it', async () => {
    await using world = await brokerWorld(certificates)
    const garbage = [
      Buffer.alloc(100_000, 0xff),
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Buffer.alloc(3),
      Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]),
    ]
    for (const bytes of garbage) {
      const socket = rawClient(world.port)
      socket.on('error', () => {})
      await once(socket, 'secureConnect')
      socket.write(bytes)
      socket.resume()
      await closing(socket)
    }
    expect(await refusalOf(world.connect(world.newWorker()))).toBe(0)
  })

  it('cuts whoever does not say CONNECT', async () => {
    await using world = await brokerWorld(certificates, { connectMs: 200 })
    const socket = rawClient(world.port)
    socket.on('error', () => {})
    socket.resume()
    await closing(socket)
  })

  it('cuts whoever does not end the handshake, or does not begin it', async () => {
    await using world = await brokerWorld(certificates, { connectMs: 200 })
    for (const said of [Buffer.alloc(0), Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01])]) {
      const socket = connectTcp({ port: world.port, host: '127.0.0.1' })
      socket.on('error', () => {})
      socket.resume()
      socket.write(said)
      await closing(socket)
    }
  })

  it('stops without calling its workers crashed', async () => {
    await using world = await brokerWorld(certificates)
    const client = await world.connected(world.newWorker())
    const closed = closing(client)
    await world.broker.stop()
    await closed
    expect(world.heard).toEqual([])
  })

  it('keeps nothing of hundreds of connections that came and went', async () => {
    await using world = await brokerWorld(certificates)
    for (let round = 0; round < 10; round++) {
      const workers = Array.from({ length: 20 }, () => world.newWorker())
      const clients = await Promise.all(workers.map((worker) => world.connected(worker)))
      for (const client of clients) client.stream.destroy()
    }
    await until('every will is heard', () => world.heard.length === 200)
    expect(await refusalOf(world.connect(world.newWorker()))).toBe(0)
  })
})
