import { address, brokerEndpoint, directory, endpoint, gibibytes, host, level, port, seconds } from './formats.ts'
import { many, one, optional, type Option, type ValueOf } from './option.ts'

/** Every setting of `serve`, once: the reading, `--help` and the README's table come from here. */
export const options = {
  dataDirectory: one({
    flag: 'data',
    value: 'DIR',
    env: 'SPACELIFT_MOTHERSHIP_DATA',
    format: directory,
    fallback: null,
    doc: 'Where everything is kept: database, objects, keys, and the profile for the command line. Made if it is not there.',
  }),
  addresses: many({
    flag: 'listen',
    value: 'ADDRESS',
    env: 'SPACELIFT_MOTHERSHIP_LISTEN',
    format: address,
    unset: '0.0.0.0',
    doc: 'Address to listen on; may be given several times.',
  }),
  peoplePort: one({
    flag: 'people-port',
    value: 'PORT',
    env: 'SPACELIFT_MOTHERSHIP_PEOPLE_PORT',
    format: port,
    fallback: '1983',
    doc: 'HTTPS port for people, tools and the containers of runs.',
  }),
  brokerPort: one({
    flag: 'broker-port',
    value: 'PORT',
    env: 'SPACELIFT_MOTHERSHIP_BROKER_PORT',
    format: port,
    fallback: '1984',
    doc: 'Port of the MQTT broker, for launchers.',
  }),
  launchersPort: one({
    flag: 'launchers-port',
    value: 'PORT',
    env: 'SPACELIFT_MOTHERSHIP_LAUNCHERS_PORT',
    format: port,
    fallback: '1985',
    doc: 'HTTPS port for launchers.',
  }),
  publicHosts: many({
    flag: 'public-host',
    value: 'NAME',
    env: 'SPACELIFT_MOTHERSHIP_PUBLIC_HOST',
    format: host,
    unset: 'the name of this machine',
    doc: 'Name or address by which this mothership is reached; may be given several times, and the first one goes into the tokens of pools.',
  }),
  brokerEndpoint: optional({
    flag: 'broker-endpoint',
    value: 'URL',
    env: 'SPACELIFT_MOTHERSHIP_BROKER_ENDPOINT',
    format: brokerEndpoint,
    unset: 'mqtts, the first public host and the port of the broker',
    doc: 'Where the tokens of pools say that the broker is; websocket means MQTT over WebSockets on the port for launchers.',
  }),
  stateEndpoint: optional({
    flag: 'state-endpoint',
    value: 'URL',
    env: 'SPACELIFT_MOTHERSHIP_STATE_ENDPOINT',
    format: endpoint,
    unset: 'the first public host and the port for people',
    doc: 'Where containers of runs reach the port for people; with https, its certificate is checked against the authority of this mothership.',
  }),
  issuer: optional({
    flag: 'issuer',
    value: 'URL',
    env: 'SPACELIFT_MOTHERSHIP_ISSUER',
    format: endpoint,
    unset: 'the first public host and the port for people',
    doc: 'Where clouds find the discovery document for the OIDC tokens of runs; what is in front of the port for people there must have a certificate that clouds trust.',
  }),
  heartbeatSeconds: one({
    flag: 'heartbeat-seconds',
    value: 'N',
    env: 'SPACELIFT_MOTHERSHIP_HEARTBEAT_SECONDS',
    format: seconds,
    fallback: '10',
    doc: 'How often a worker is to be heard.',
  }),
  leaseSeconds: one({
    flag: 'lease-seconds',
    value: 'N',
    env: 'SPACELIFT_MOTHERSHIP_LEASE_SECONDS',
    format: seconds,
    fallback: '60',
    doc: 'After how long a silence the job of a worker is taken from it; at least twice the heartbeat.',
  }),
  maxWorkspaceBytes: one({
    flag: 'max-workspace-gib',
    value: 'N',
    env: 'SPACELIFT_MOTHERSHIP_MAX_WORKSPACE_GIB',
    format: gibibytes,
    fallback: '10',
    doc: 'Largest workspace that a run may leave between plan and apply, in GiB.',
  }),
  logLevel: one({
    flag: 'log-level',
    value: 'LEVEL',
    env: 'SPACELIFT_MOTHERSHIP_LOG_LEVEL',
    format: level,
    fallback: 'info',
    doc: 'How much is logged, on standard output as JSON lines.',
  }),
} as const satisfies Record<string, Option<unknown>>

/** All settings, read and checked. */
export type ServeOptions = { readonly [Name in keyof typeof options]: ValueOf<(typeof options)[Name]> }
