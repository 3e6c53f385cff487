import { ulid } from 'ulid'
import { systemClock, type Clock } from '../../../launcher/src/base/clock.ts'
import { MqttChannel } from '../../../launcher/src/control/mqtt-channel.ts'
import { Session } from '../../../launcher/src/control/session.ts'
import { workerTopics } from '../../../protocol/topics.ts'
import type { Registered } from '../../../protocol/worker.ts'
import type { Identity } from '../../fakes/certificates.ts'

/** A worker as a registration would have made it. */
export function someWorker(pool: string): Registered {
  const worker = ulid()
  const topics = workerTopics(pool, worker)
  return { worker, pool, session: `session of ${worker}`, topics, heartbeatSeconds: 10, leaseSeconds: 60 }
}

export interface ChannelWorld {
  readonly endpoint: string
  readonly identity: Identity
  readonly authority: string
  readonly registered: Registered
  /** Milliseconds that each pause takes instead of its own. */
  readonly pausesMs?: number
}

/** A channel with everything that it said, in order. */
export function channelOf({ endpoint, identity, authority, registered, pausesMs = 1 }: ChannelWorld) {
  const session = new Session()
  session.replace(registered)
  const pauses: number[] = []
  // Pauses between connections are recorded and shortened; those that watch a connection (30 s) are left alone.
  const clock: Clock = {
    ...systemClock,
    sleep: (ms, signal) => {
      if (ms === 30_000) return systemClock.sleep(ms, signal)
      pauses.push(ms)
      return systemClock.sleep(Math.min(ms, pausesMs), signal)
    },
  }
  const channel = new MqttChannel({
    endpoint,
    identity: { ...identity, authority },
    proxy: {},
    session,
    clock,
    random: () => 0.999,
  })
  const said: string[] = []
  channel.on('online', () => said.push('online'))
  channel.on('offline', (why) => said.push(`offline: ${why}`))
  channel.on('ring', (job) => said.push(`ring ${job}`))
  channel.on('malformed', (why) => said.push(`malformed: ${why}`))
  const count = (pattern: RegExp) => said.filter((line) => pattern.test(line)).length
  return { channel, session, said, pauses, count }
}
