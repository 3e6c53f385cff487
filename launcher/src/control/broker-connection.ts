import { MqttClient, type IClientOptions } from 'mqtt'
import { proxyWords } from './answers.ts'
import { dial, type Destination } from './dial.ts'

/** Where a broker is, and who calls. */
export interface BrokerCaller extends Destination {
  /** Client id and user name, and its password. */
  readonly worker: string
  readonly session: string
}

/**
 * Connects to a broker; the client has sent its CONNECT, and whoever listens at once misses nothing of what follows. Rejects with whatever
 * failed on the way to the broker, or with the signal's reason.
 */
export async function callBroker(
  caller: BrokerCaller,
  more: Pick<IClientOptions, 'keepalive' | 'connectTimeout' | 'will'>,
  signal: AbortSignal,
): Promise<MqttClient> {
  const stream = await dial(caller, signal)
  return new MqttClient(() => stream, { ...sessionOptions(caller), ...more })
}

/** What every session at a broker is made with. */
function sessionOptions({ worker, session }: BrokerCaller): IClientOptions {
  return {
    // 3.1.1, which every broker speaks; no session is kept, because what was missed is fetched.
    protocolId: 'MQTT',
    protocolVersion: 4,
    clean: true,
    clientId: worker,
    username: worker,
    password: session,
    // Who wants another connection makes one, with jitter and with the session of that moment; mqtt.js would repeat the same one at a fixed pace.
    reconnectPeriod: 0,
    resubscribe: false,
    // Every number of two bytes in a buffer of its own: 9 MiB, and a moment of the start, for some packets an hour.
    writeCache: false,
  }
}

/** MQTT's own number of a refused connection (3.1.1, 3.2.2.3); null: it failed in another way. */
export function refusalCode(error: Error): number | null {
  return 'code' in error && typeof error.code === 'number' ? error.code : null
}

/** Why there is no connection. Codes only, because texts of libraries change: MQTT's number, or a name of the system or of OpenSSL. */
export function reasonOf(error: Error): string {
  const code = refusalCode(error)
  if (code !== null) return `the broker refused the connection (code ${code})`
  const name = 'code' in error && typeof error.code === 'string' ? error.code : error.message
  return `no connection to the broker (${name === 'ERR_PROXY_TUNNEL' ? proxyWords(error) : name})`
}
