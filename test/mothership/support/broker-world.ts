import mqtt, { type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt'
import { ulid } from 'ulid'
import { encodeMessage } from '../../../protocol/messages.ts'
import { workerTopics } from '../../../protocol/topics.ts'
import { createLog } from '../../../mothership/src/base/log.ts'
import type { BrokerWorker } from '../../../mothership/src/broker/broker.ts'
import { EmbeddedBroker } from '../../../mothership/src/broker/embedded-broker.ts'
import type { BrokerLimits } from '../../../mothership/src/broker/limits.ts'
import { ThrowawayAuthority, type Identity } from '../../fakes/certificates.ts'

/** Made once for a test file: making keys is what takes long. */
export function brokerCertificates() {
  const authority = new ThrowawayAuthority('authority of the broker tests')
  return {
    authority,
    server: authority.issue({ name: 'server' }),
    pools: {
      [ulid()]: authority.issue({ name: 'first pool' }),
      [ulid()]: authority.issue({ name: 'second pool' }),
    } as Record<string, Identity>,
    orphan: authority.issue({ name: 'certificate of no pool' }),
    expired: authority.issue({ name: 'expired', from: Date.now() - 7_200_000, until: Date.now() - 3_600_000 }),
    stranger: new ThrowawayAuthority('stranger').issue({ name: 'stranger' }),
  }
}

/** A broker on loopback with two pools whose workers all have the session `session of <worker>`. */
export async function brokerWorld(
  certificates: ReturnType<typeof brokerCertificates>,
  limits: Partial<BrokerLimits> = {},
) {
  const heard: { event: 'goodbye' | 'crashed'; worker: BrokerWorker }[] = []
  const known = new Set<string>()
  const { authority, server, pools } = certificates
  const broker = new EmbeddedBroker({
    identity: { key: server.privateKey, certificate: server.certificate, authority: authority.certificate },
    doorway: { addresses: ['127.0.0.1'], port: 0, label: 'the broker' },
    log: createLog('silent'),
    limits,
  })
  const port = await broker.bind()
  await broker.open(
    {
      poolOf: async (fingerprint) => Object.keys(pools).find((id) => pools[id]?.fingerprint === fingerprint) ?? null,
      authenticate: async ({ pool, worker }, session) =>
        known.has(`${pool}/${worker}`) && session === `session of ${worker}`,
    },
    {
      goodbye: async (worker) => void heard.push({ event: 'goodbye', worker }),
      crashed: async (worker) => void heard.push({ event: 'crashed', worker }),
    },
  )
  const clients: MqttClient[] = []
  const url = `mqtts://127.0.0.1:${port}`
  const optionsOf = (worker: BrokerWorker, changes: IClientOptions = {}): IClientOptions => ({
    key: pools[worker.pool]?.privateKey ?? '',
    cert: pools[worker.pool]?.certificate ?? '',
    ca: authority.certificate,
    clientId: worker.worker,
    username: worker.worker,
    password: `session of ${worker.worker}`,
    clean: true,
    keepalive: 20,
    protocolVersion: 4,
    reconnectPeriod: 0,
    connectTimeout: 10_000,
    will: {
      topic: workerTopics(worker.pool, worker.worker).writeonly,
      payload: encodeMessage({ version: 1, type: 'gone', crashed: true }),
      qos: 1,
      retain: false,
    },
    ...changes,
  })
  const connect = (worker: BrokerWorker, changes: IClientOptions = {}) => {
    const client = mqtt.connect(url, optionsOf(worker, changes))
    client.on('error', () => {})
    clients.push(client)
    return client
  }
  return {
    broker,
    port,
    heard,
    connect,
    /** A worker that the broker lets in. */
    newWorker(pool = Object.keys(pools)[0] ?? ''): BrokerWorker {
      const worker = { pool, worker: ulid() }
      known.add(`${pool}/${worker.worker}`)
      return worker
    },
    /** A client that is connected. */
    async connected(worker: BrokerWorker, changes: IClientOptions = {}) {
      const client = connect(worker, changes)
      await new Promise<void>((resolve, reject) => {
        client.once('connect', () => resolve())
        client.once('close', () => reject(new Error('not connected')))
      })
      return client
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.end(true)
      await broker.stop()
    },
  }
}

/** How a connection that is refused ends: the CONNACK's return code, or `closed` without one. */
export function refusalOf(client: MqttClient): Promise<number | 'closed' | 'connected'> {
  return new Promise((resolve) => {
    client.on('connect', () => resolve('connected'))
    client.on('packetreceive', (packet) => packet.cmd === 'connack' && resolve(packet.returnCode ?? -1))
    client.on('close', () => resolve('closed'))
  })
}

/** The next message that a client receives. */
export function nextMessage(client: MqttClient): Promise<{ topic: string; payload: Buffer; packet: IPublishPacket }> {
  return new Promise(
    (resolve) => void client.once('message', (topic, payload, packet) => resolve({ topic, payload, packet })),
  )
}
