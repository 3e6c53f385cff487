import type { TlsIdentity } from './https.ts'

/** Where a broker is, and who calls. */
export interface BrokerCaller {
  /** `mqtts://host:port`; `tls:` and `ssl:` mean the same. */
  readonly endpoint: string
  readonly identity: TlsIdentity
  /** Client id and user name, and its password. */
  readonly worker: string
  readonly session: string
}

/** What every connection to a broker is made with. */
export function connectionOptions({ endpoint, identity, worker, session }: BrokerCaller) {
  const url = new URL(endpoint)
  return {
    protocol: 'mqtts',
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || 8883),
    ca: identity.authority,
    cert: identity.certificate,
    key: identity.privateKey,
    // 3.1.1, which every broker speaks; no session is kept, because what was missed is fetched.
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
  } as const
}

/** MQTT's own number of a refused connection (3.1.1, 3.2.2.3); null: it failed in another way. */
export function refusalCode(error: Error): number | null {
  return 'code' in error && typeof error.code === 'number' ? error.code : null
}

/** Why there is no connection. Codes only, because texts of libraries change: MQTT's number, or a name of the system or of OpenSSL. */
export function reasonOf(error: Error): string {
  const code = refusalCode(error)
  if (code !== null) return `the broker refused the connection (code ${code})`
  return `no connection to the broker (${'code' in error && typeof error.code === 'string' ? error.code : error.message})`
}
