import { ulid } from 'ulid'
import { systemClock, type Clock } from '../../launcher/src/base/clock.ts'
import type { ProxySettings } from '../../launcher/src/base/outbound.ts'
import type { ControlChannel } from '../../launcher/src/control/channel.ts'
import { Https } from '../../launcher/src/control/https.ts'
import { HttpsApi } from '../../launcher/src/control/https-api.ts'
import { MqttChannel } from '../../launcher/src/control/mqtt-channel.ts'
import { PollChannel } from '../../launcher/src/control/poll-channel.ts'
import { Session } from '../../launcher/src/control/session.ts'
import type { Registered } from '../../protocol/worker.ts'
import type { FakeControlPlane } from '../fakes/control-plane.ts'
import type { Identity } from '../fakes/certificates.ts'

export const ways = ['MQTT over TLS', 'MQTT over WebSockets', 'polling'] as const
export type Way = (typeof ways)[number]

export interface Changes {
  readonly identity?: Identity
  readonly authority?: string
  /** Milliseconds that each pause takes at most, in place of its own. */
  readonly pausesMs?: number
  /** Where to dial, in place of the far end's own port. */
  readonly port?: number
  readonly proxy?: ProxySettings
  /** How soon a silent far end is found out: keep alive, or the wait of a question. */
  readonly patienceSeconds?: number
}

/** The far end of a channel, and how to break it, whatever the way. */
export function farEndOf(plane: FakeControlPlane, way: Way) {
  const isMqtt = way === 'MQTT over TLS'
  return {
    port: () => (isMqtt ? plane.broker.port : plane.port),
    stop: async () => {
      if (way !== 'polling') await plane.broker.stop()
      if (!isMqtt) await plane.stopApi()
    },
    start: async () => {
      if (way !== 'polling') await plane.broker.start()
      if (!isMqtt) await plane.startApi()
    },
    /** Whether somebody is connected: between two questions nobody is, and nothing can break. */
    connected: () => way !== 'polling' || plane.rings.held > 0,
    cut: () => (isMqtt ? plane.broker.cut() : plane.cutApi()),
    /** What was heard of workers that are gone, by how: true is crashed. */
    gone: () =>
      way === 'polling'
        ? [...plane.lost.map(() => true), ...plane.goodbyes.map(() => false)]
        : plane.broker.published.map(({ message }) => message?.crashed),
  }
}

/** Makes the plane know a worker. */
export async function registerAt(plane: FakeControlPlane): Promise<Registered> {
  const { api, https } = apiOf(plane, new Session(), { port: plane.port })
  const about = { protocol: { major: 1, minor: 0 }, launcher: { version: '0' }, instance: ulid(), metadata: {} }
  const registered = await api.register(about, new AbortController().signal)
  https.close()
  return registered
}

function apiOf(plane: FakeControlPlane, session: Session, { identity, authority, port, proxy = {} }: Changes) {
  const { pool, authority: own } = plane.certificates
  const https = new Https({
    endpoint: `https://127.0.0.1:${port}`,
    identity: { ...(identity ?? pool), authority: authority ?? own.certificate },
    clock: systemClock,
    proxy,
  })
  const watcher = { retrying: () => {}, unknownWorker: () => {}, logSent: () => {}, finished: () => {} }
  return { https, api: new HttpsApi({ https, session, clock: systemClock, watcher }) }
}

/** A channel with everything that it said, in order. */
export function channelBy(
  { way, plane, registered }: { readonly way: Way; readonly plane: FakeControlPlane; readonly registered: Registered },
  changes: Changes = {},
) {
  const session = new Session()
  session.replace(registered)
  const pauses: number[] = []
  const clock = watched(pauses, changes.pausesMs ?? 1)
  const port = changes.port ?? farEndOf(plane, way).port()
  const { api, https } = apiOf(plane, session, { ...changes, port })
  const channel = makeChannel(way, { plane, session, clock, api, port, changes })
  const said: string[] = []
  channel.on('online', () => said.push('online'))
  channel.on('offline', (why) => said.push(`offline: ${why}`))
  channel.on('ring', (job) => said.push(`ring ${job}`))
  const count = (pattern: RegExp) => said.filter((line) => pattern.test(line)).length
  const end = async () => {
    await channel.close(100)
    https.close()
  }
  return { channel, session, said, pauses, count, end }
}

/** How long a far end that is well may take for a goodbye. */
export const goodbyeMs = 5_001

/** Pauses between connections are recorded and shortened; those that watch a connection (30 s) or a goodbye, or that space questions, are left alone. */
function watched(pauses: number[], pausesMs: number): Clock {
  return {
    ...systemClock,
    sleep: (ms, signal) => {
      if (ms === 30_000 || ms === goodbyeMs || !Number.isInteger(ms)) return systemClock.sleep(ms, signal)
      pauses.push(ms)
      return systemClock.sleep(Math.min(ms, pausesMs), signal)
    },
  }
}

interface Making {
  readonly plane: FakeControlPlane
  readonly session: Session
  readonly clock: Clock
  readonly api: HttpsApi
  readonly port: number
  readonly changes: Changes
}

function makeChannel(way: Way, { plane, session, clock, api, port, changes }: Making): ControlChannel {
  const random = () => 0.999
  const { patienceSeconds } = changes
  if (way === 'polling') {
    return new PollChannel({ api, clock, random, ...(patienceSeconds && { waitSeconds: patienceSeconds }) })
  }
  const { pool, authority } = plane.certificates
  const identity = { ...(changes.identity ?? pool), authority: changes.authority ?? authority.certificate }
  const endpoint = way === 'MQTT over TLS' ? `mqtts://127.0.0.1:${port}` : `wss://127.0.0.1:${port}/mqtt`
  const keepalive = patienceSeconds && { keepaliveSeconds: patienceSeconds }
  return new MqttChannel({ endpoint, identity, proxy: changes.proxy ?? {}, session, clock, random, ...keepalive })
}
