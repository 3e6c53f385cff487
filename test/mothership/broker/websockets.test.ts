import { createServer, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import mqtt, { type MqttClient } from 'mqtt'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { encodeMessage } from '../../../protocol/messages.ts'
import { workerTopics } from '../../../protocol/topics.ts'
import { until } from '../../fakes/until.ts'
import { brokerCertificates, brokerWorld, nextMessage } from '../support/broker-world.ts'

const certificates = brokerCertificates()
const { authority, server: own } = certificates
type World = Awaited<ReturnType<typeof brokerWorld>>
type Worker = ReturnType<World['newWorker']>

/** The broker behind an HTTPS server that hands requests for a WebSocket on. */
describe('a worker that comes by a WebSocket', () => {
  let world: World
  let port: number
  let held: AsyncDisposableStack
  const clients: MqttClient[] = []

  beforeEach(async () => {
    held = new AsyncDisposableStack()
    world = held.use(await brokerWorld(certificates))
    const tls = { key: own.privateKey, cert: own.certificate, ca: authority.certificate, requestCert: true }
    const server = createServer({ ...tls, rejectUnauthorized: true })
    server.on('upgrade', (call, socket: TLSSocket, head) => world.broker.takeUpgrade(call, socket, head))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
    held.defer(() => new Promise((resolve) => server.close(() => resolve())))
  })
  afterEach(async () => {
    for (const client of clients.splice(0)) client.end(true)
    await held.disposeAsync()
  })

  const identityOf = ({ pool }: Worker) => {
    const { privateKey: key = '', certificate: cert = '' } = certificates.pools[pool] ?? {}
    return { key, cert, ca: authority.certificate }
  }
  const connect = async (worker: Worker, changes: object = {}) => {
    const topics = workerTopics(worker.pool, worker.worker)
    const client = mqtt.connect(`wss://127.0.0.1:${port}/mqtt`, {
      ...identityOf(worker),
      clientId: worker.worker,
      username: worker.worker,
      password: `session of ${worker.worker}`,
      keepalive: 20,
      protocolVersion: 4,
      reconnectPeriod: 0,
      will: { topic: topics.writeonly, payload: encodeMessage({ version: 1, type: 'gone', crashed: true }), qos: 1 },
      ...changes,
    } as mqtt.IClientOptions)
    clients.push(client)
    client.on('error', () => {})
    const told = new Promise<number | 'closed'>((resolve) => {
      client.on('packetreceive', (packet) => packet.cmd === 'connack' && resolve(packet.returnCode ?? -1))
      client.on('close', () => resolve('closed'))
    })
    return { client, topics, answer: await told }
  }

  it('is let in with its certificate and session, subscribes, and is rung for', async () => {
    const worker = world.newWorker()
    const { client, topics, answer } = await connect(worker)
    expect(answer).toBe(0)
    await client.subscribeAsync(topics.readonly, { qos: 1 })
    const message = nextMessage(client)
    world.broker.ring(worker)
    expect(JSON.parse((await message).payload.toString())).toEqual({ version: 1, type: 'orders' })
  })

  it('is refused with a certificate that is no pool’s, and with another session', async () => {
    const { privateKey: key, certificate: cert } = certificates.orphan
    expect((await connect(world.newWorker(), { key, cert })).answer).toBe(5)
    expect((await connect(world.newWorker(), { password: 'guessed' })).answer).toBe(4)
  })

  it('is crashed when its connection breaks, and leaves when it says so', async () => {
    const broken = world.newWorker()
    const first = await connect(broken)
    first.client.stream.destroy()
    await until('the last will', () => world.heard.some(({ event }) => event === 'crashed'))
    const polite = world.newWorker()
    const second = await connect(polite)
    await second.client.publishAsync(
      second.topics.writeonly,
      encodeMessage({ version: 1, type: 'gone', crashed: false }),
      {
        qos: 1,
      },
    )
    await second.client.endAsync()
    await until('the goodbye', () => world.heard.some(({ event }) => event === 'goodbye'))
    expect(world.heard).toEqual([
      { event: 'crashed', worker: broken },
      { event: 'goodbye', worker: polite },
    ])
  })

  it('is not called crashed when the server that took it stops', async () => {
    const { client } = await connect(world.newWorker())
    const closed = new Promise<void>((resolve) => void client.once('close', () => resolve()))
    world.broker.dropUpgrades()
    await closed
    expect(world.heard).toEqual([])
  })

  it('is cut for a packet of megabytes', async () => {
    const { client, topics } = await connect(world.newWorker())
    const closed = new Promise<void>((resolve) => void client.once('close', () => resolve()))
    client.publish(topics.writeonly, Buffer.alloc(2_000_000), { qos: 0 })
    await closed
  })

  it('is refused without the subprotocol of MQTT, and with rubbish in place of a handshake', async () => {
    const identity = identityOf(world.newWorker())
    const statusOf = (headers: Record<string, string>) =>
      new Promise<number | string>((resolve) => {
        const call = request({ host: '127.0.0.1', port, path: '/mqtt', ...identity, headers, agent: false })
        call.on('response', (answer) => resolve(answer.statusCode ?? 0))
        call.on('upgrade', () => resolve('upgraded'))
        call.on('error', (error) => resolve(error.message))
        call.end()
      })
    const upgrade = { connection: 'upgrade', upgrade: 'websocket' }
    expect(
      await statusOf({ ...upgrade, 'sec-websocket-version': '13', 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==' }),
    ).toBe(400)
    expect(await statusOf({ ...upgrade, 'sec-websocket-protocol': 'mqtt', 'sec-websocket-key': 'x' })).toBe(400)
  })
})
