import { Agent } from 'node:https'
import { isIP, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import type { ProxySettings } from '../base/outbound.ts'
import type { TlsIdentity } from './https.ts'

/** Where a broker is, and how to go there. */
export interface Destination {
  /** `mqtts://host:port` (`tls:` and `ssl:` mean the same), or `wss://host:port/path`. */
  readonly endpoint: string
  readonly identity: TlsIdentity
  readonly proxy: ProxySettings
}

/**
 * Opens a stream to the broker for MQTT to be spoken over: TLS with the pool's certificate or a WebSocket in such, by the tunnel of a proxy if one
 * is set for that host. Rejects with the error of whatever failed on the way, or the signal's reason.
 */
export async function dial(destination: Destination, signal: AbortSignal): Promise<Duplex> {
  const { identity, proxy } = destination
  signal.throwIfAborted()
  const { certificate: cert, privateKey: key, authority: ca } = identity
  const agent = new Agent({ cert, key, ca, proxyEnv: { ...proxy } })
  const url = new URL(destination.endpoint)
  if (url.protocol !== 'wss:') return overTls(agent, url, signal)
  // Only here: a launcher whose broker does not ask for it does not carry it.
  const { overWebSocket } = await import('./web-socket.ts')
  return overWebSocket(agent, url, signal)
}

function overTls(agent: Agent, url: URL, signal: AbortSignal): Promise<Duplex> {
  const { promise, resolve, reject } = Promise.withResolvers<Duplex>()
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const place = { host, port: Number(url.port || 8883), ...(isIP(host) === 0 && { servername: host }) }
  // To a host that no proxy is for, this is a connection to it. Else it is one to the proxy, and what was tunnelled through that comes by the callback.
  const first = agent.createConnection({ ...agent.options, ...place }, (error, tunnelled) => {
    if (error) reject(error)
    else resolve(tunnelled)
  })
  if (!(first instanceof Socket)) throw new Error('an agent answers with the connection that it makes')
  // The first packet would wait for the far end's system to acknowledge the handshake, which it puts off for 40 ms (Nagle and delayed ACK).
  first.setNoDelay(true)
  const aborted = () => reject(signal.reason)
  signal.addEventListener('abort', aborted, { once: true })
  first.once('error', reject)
  first.once('close', () => reject(new Error('closed without a word')))
  first.once('secureConnect', () => {
    // The pool's certificate is shown to the broker alone, never to a proxy.
    if (first instanceof TLSSocket && first.getX509Certificate()) resolve(first)
  })
  return promise
    .catch((error: unknown) => {
      first.destroy()
      throw error
    })
    .finally(() => signal.removeEventListener('abort', aborted))
}
