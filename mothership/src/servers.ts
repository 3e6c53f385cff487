import { createLaunchersApi } from './api/launchers.ts'
import { apiLimits } from './api/limits.ts'
import { createPeopleApi } from './api/people.ts'
import type { ApiServer } from './api/server.ts'
import type { Log } from './base/log.ts'
import type { Doorway } from './base/port.ts'
import type { Broker } from './broker/broker.ts'
import { EmbeddedBroker } from './broker/embedded-broker.ts'
import type { Foundation } from './foundation.ts'
import { addressesOf, type Ports } from './serve/endpoints.ts'
import { options as table, type ServeOptions } from './serve/options.ts'

/** The three doors of a mothership. */
export interface Servers {
  readonly people: ApiServer
  readonly launchers: ApiServer
  readonly broker: Broker
}

export interface ServersParts {
  readonly options: ServeOptions
  readonly log: Log
  readonly version: string
}

/** Makes the servers; none of them listens yet. */
export function makeServers({ options, log, version }: ServersParts, { identity, store }: Foundation): Servers {
  const limits = { ...apiLimits, maxWorkspaceBytes: options.maxWorkspaceBytes }
  const shared = { identity, log, limits }
  const healthy = () => store.read((tables) => tables.pools.list())
  return {
    people: createPeopleApi({ ...shared, version, healthy, doorway: doorway(options, 'peoplePort') }),
    launchers: createLaunchersApi({ ...shared, doorway: doorway(options, 'launchersPort') }),
    broker: new EmbeddedBroker({ identity, log, doorway: doorway(options, 'brokerPort') }),
  }
}

/** One after the other, so that of several ports that are taken always the same one is complained about. */
export async function bindServers({ people, broker, launchers }: Servers): Promise<Ports> {
  return { people: await people.bind(), broker: await broker.bind(), launchers: await launchers.bind() }
}

/** The broker last: what is ended over HTTPS may still ring. */
export async function stopServers({ people, broker, launchers }: Servers): Promise<void> {
  await Promise.all([people.stop(), launchers.stop()])
  await broker.stop()
}

function doorway(options: ServeOptions, name: 'peoplePort' | 'brokerPort' | 'launchersPort'): Doorway {
  const { flag, env } = table[name]
  return { addresses: addressesOf(options), port: options[name], label: `--${flag} (${env})` }
}
