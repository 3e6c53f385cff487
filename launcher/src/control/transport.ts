import type { Clock } from '../base/clock.ts'
import type { ProxySettings } from '../base/outbound.ts'
import type { Transport } from '../base/transports.ts'
import type { ControlChannel } from './channel.ts'
import type { TlsIdentity } from './https.ts'
import type { HttpsApi } from './https-api.ts'
import { MqttChannel } from './mqtt-channel.ts'
import { PollChannel } from './poll-channel.ts'
import type { Session } from './session.ts'

/** What a channel of any kind is made from. */
export interface ChannelParts {
  /** The broker's. */
  readonly endpoint: string
  readonly identity: TlsIdentity
  readonly proxy: ProxySettings
  readonly session: Session
  readonly api: Pick<HttpsApi, 'awaitRing' | 'goodbye'>
  readonly clock: Clock
}

/** How a channel is made, by its name. Another transport is a line here. */
export const channels: Readonly<Record<Transport, (parts: ChannelParts) => ControlChannel>> = {
  mqtt: (parts) => new MqttChannel(parts),
  poll: (parts) => new PollChannel(parts),
}
