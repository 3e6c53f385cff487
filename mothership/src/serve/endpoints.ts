import { hostname } from 'node:os'
import { isIP } from 'node:net'
import type { ServeOptions } from './options.ts'

/** Where this mothership is reached, without slashes at the end. */
export interface Endpoints {
  /** For people and tools; also what their tokens name. */
  readonly people: string
  /** For the command line on this machine. */
  readonly local: string
  readonly launchers: string
  readonly broker: string
  /** For the containers of runs. */
  readonly state: string
}

/** The ports that are really open. */
export interface Ports {
  readonly people: number
  readonly broker: number
  readonly launchers: number
}

type Whereabouts = Pick<ServeOptions, 'addresses' | 'publicHosts' | 'stateEndpoint' | 'brokerEndpoint'>

/** Where the server for launchers speaks MQTT over WebSockets. */
export const brokerPath = '/mqtt'

const everywhere = ['0.0.0.0', '::']

/** What to listen on. */
export function addressesOf({ addresses }: Pick<Whereabouts, 'addresses'>): readonly string[] {
  return addresses.length > 0 ? addresses : ['0.0.0.0']
}

/** The names and addresses that the certificate of the servers has to have. */
export function hostsOf(options: Whereabouts): readonly string[] {
  const public_ = options.publicHosts.length > 0 ? options.publicHosts : [hostname()]
  return [...new Set([...public_, ...addressesOf(options).filter((address) => !everywhere.includes(address))])]
}

/**
 * Where everything is. The command line on this machine goes to a public host that was named; otherwise to this machine itself, because
 * not every machine can look up its own name.
 */
export function endpointsOf(options: Whereabouts, ports: Ports): Endpoints {
  const [named] = options.publicHosts
  const host = inUrl(named ?? hostname())
  const people = `https://${host}:${ports.people}`
  const own = addressesOf(options).find((address) => !everywhere.includes(address)) ?? 'localhost'
  return {
    people,
    local: named === undefined ? `https://${inUrl(own)}:${ports.people}` : people,
    launchers: `https://${host}:${ports.launchers}`,
    broker: brokerOf(options, { host, ports }),
    state: options.stateEndpoint ?? people,
  }
}

function brokerOf(
  { brokerEndpoint }: Whereabouts,
  { host, ports }: { readonly host: string; readonly ports: Ports },
): string {
  if (brokerEndpoint === 'websocket') return `wss://${host}:${ports.launchers}${brokerPath}`
  return brokerEndpoint ?? `mqtts://${host}:${ports.broker}`
}

function inUrl(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host
}
