import { launcherRoutes } from './api/launchers.ts'
import type { Clock } from './base/clock.ts'
import type { Log } from './base/log.ts'
import { openFoundation } from './foundation.ts'
import { peopleRoutes } from './people.ts'
import { buildRooms, type Rooms } from './rooms.ts'
import { prepareDataDirectory } from './serve/data-directory.ts'
import { endpointsOf, hostsOf, type Ports } from './serve/endpoints.ts'
import { writeProfile } from './serve/profile.ts'
import { bindServers, makeServers, type Servers, type ServersParts, stopServers } from './servers.ts'
import { Lock } from './store/lock.ts'

export interface MothershipParts extends ServersParts {
  readonly clock: Clock
}

/** Uploads that no stack was made with are looked for so often. */
const sourceSweepMs = 10 * 60_000

/**
 * The whole control plane. It starts in this order, and stops in the opposite one:
 *
 *   1  the data directory, and the lock that keeps a second mothership out of it
 *   2  keys, database, objects; the authority, and the certificate of the servers
 *   3  the ports, because tokens name them; whoever comes now waits
 *   4  the rooms; all leases begin anew
 *   5  the profile for the command line
 *   6  what waits in the queue goes to workers that are known, and from then on again and again
 *   7  the servers answer
 */
export class Mothership {
  readonly ports: Ports
  readonly #held: AsyncDisposableStack

  private constructor(ports: Ports, held: AsyncDisposableStack) {
    this.ports = ports
    this.#held = held
  }

  /** What fails on the way is undone; it rejects with CannotStart or a Refusal where a person can do something about it. */
  static async start(parts: MothershipParts): Promise<Mothership> {
    await using holding = new AsyncDisposableStack()
    const ports = await assemble(parts, holding)
    return new Mothership(ports, holding.move())
  }

  /** Requests in hand have ten seconds to end. What was promised is on disk at any time, so that a stop can also be a crash. */
  stop(): Promise<void> {
    return this.#held.disposeAsync()
  }
}

async function assemble(parts: MothershipParts, holding: AsyncDisposableStack): Promise<Ports> {
  const { options, clock, log } = parts
  const data = await prepareDataDirectory(options.dataDirectory)
  holding.use(new Lock(data.lock))
  const foundation = await openFoundation(data, hostsOf(options), clock)
  holding.defer(() => foundation.store.close())
  const servers = makeServers(parts, foundation)
  holding.defer(() => stopServers(servers))
  const ports = await bindServers(servers)
  const endpoints = endpointsOf(options, ports)
  const rooms = buildRooms(foundation, { bell: servers.bell, endpoints, options, log })
  const { authority } = foundation.identity
  await writeProfile(data.profile, { endpoint: endpoints.local, authority }, rooms.keys)
  await rooms.sweep.once()
  holding.defer(sweepOn(rooms, servers, parts))
  await peopleRoutes(servers.people, rooms, { foundation, log })
  await launcherRoutes(servers.launchers, { ...rooms, rings: servers.rings })
  await openServers(servers, rooms, log)
  return ports
}

async function openServers(
  { people, launchers, broker, rings }: Servers,
  { pools, workers }: Rooms,
  log: Log,
): Promise<void> {
  await broker.open(
    {
      poolOf: (fingerprint) => pools.poolOf(fingerprint),
      authenticate: (worker, session) => workers.authenticate(worker, session),
    },
    {
      goodbye: (worker) => workers.goodbye(worker, { reason: 'it said goodbye over MQTT' }),
      crashed: (worker) => workers.crashed(worker),
    },
  )
  rings.open({
    came: (worker) => workers.returned(worker),
    lost: (worker, since) => workers.lost(worker, since),
    failed: (error) => log.error({ err: error }, 'rings: an event was not taken'),
  })
  await launchers.open()
  await people.open()
}

/** Begins what goes by time, and answers how to end it. */
function sweepOn({ sweep, sources }: Rooms, { rings }: Servers, { clock, log }: MothershipParts): () => Promise<void> {
  const over = new AbortController()
  const sweepSources = async (): Promise<never> => {
    for (;;) {
      await sources.sweep().catch((error: unknown) => log.warn({ err: error }, 'could not remove unused sources'))
      await clock.sleep(sourceSweepMs, over.signal)
    }
  }
  const going = Promise.allSettled([sweep.run(over.signal), sweepSources(), rings.run(over.signal)])
  return async () => {
    over.abort()
    await going
  }
}
