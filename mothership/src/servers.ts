import { HeldRings } from './api/held-rings.ts'
import { createLaunchersApi } from './api/launchers.ts'
import { apiLimits } from './api/limits.ts'
import { createPeopleApi } from './api/people.ts'
import type { ApiServer } from './api/server.ts'
import type { Bell } from './api/services.ts'
import type { Log } from './base/log.ts'
import type { Doorway } from './base/port.ts'
import type { Broker } from './broker/broker.ts'
import { EmbeddedBroker } from './broker/embedded-broker.ts'
import type { Foundation } from './foundation.ts'
import { addressesOf, brokerPath, type Ports } from './serve/endpoints.ts'
import { options as table, type ServeOptions } from './serve/options.ts'

/** The three doors of a mothership. */
export interface Servers {
  readonly people: ApiServer
  readonly launchers: ApiServer
  readonly broker: Broker
  /** Rings for launchers that ask for them over HTTPS. */
  readonly rings: HeldRings
  /** Both ways to ring. */
  readonly bell: Bell
}

export interface ServersParts {
  readonly options: ServeOptions
  readonly log: Log
  readonly version: string
}

/** Makes the servers; none of them listens yet. */
export function makeServers({ options, log, version }: ServersParts, { identity, store, clock }: Foundation): Servers {
  const limits = { ...apiLimits, maxWorkspaceBytes: options.maxWorkspaceBytes }
  const shared = { identity, log, limits }
  const healthy = () => store.read((tables) => tables.pools.list())
  const people = createPeopleApi({ ...shared, version, healthy, doorway: doorway(options, 'peoplePort') })
  const launchers = createLaunchersApi({ ...shared, doorway: doorway(options, 'launchersPort') })
  const broker = new EmbeddedBroker({ identity, log, doorway: doorway(options, 'brokerPort') })
  const rings = new HeldRings(clock)
  launchers.upgrade(brokerPath, (...request) => broker.takeUpgrade(...request))
  return { people, launchers, broker, rings, bell: bellOf(broker, rings) }
}

/** A worker listens in one way, and the other one passes over the ring. */
function bellOf(...bells: readonly Bell[]): Bell {
  return { ring: (worker, job) => bells.forEach((bell) => bell.ring(worker, job)) }
}

/** One after the other, so that of several ports that are taken always the same one is complained about. */
export async function bindServers({ people, broker, launchers }: Servers): Promise<Ports> {
  return { people: await people.bind(), broker: await broker.bind(), launchers: await launchers.bind() }
}

/** What is held by the server for launchers is let go, or it would wait for that; the broker last: what is ended over HTTPS may still ring. */
export async function stopServers({ people, broker, launchers, rings }: Servers): Promise<void> {
  const stopped = Promise.all([people.stop(), launchers.stop()])
  rings.stop()
  broker.dropUpgrades()
  await stopped
  await broker.stop()
}

function doorway(options: ServeOptions, name: 'peoplePort' | 'brokerPort' | 'launchersPort'): Doorway {
  const { flag, env } = table[name]
  return { addresses: addressesOf(options), port: options[name], label: `--${flag} (${env})` }
}
