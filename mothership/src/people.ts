import type { Readable } from 'node:stream'
import { discoveryRoutes } from './api/discovery.ts'
import type { ApiServer } from './api/server.ts'
import { takeUpload } from './api/upload.ts'
import type { Log } from './base/log.ts'
import type { Foundation } from './foundation.ts'
import type { Keys, Tokens as PersonTokens } from './graphql/identity.ts'
import { graphqlRoutes } from './graphql/routes.ts'
import type { Rooms } from './rooms.ts'
import { isTerminal } from './runs/states.ts'
import { stateRoutes } from './statefiles/routes.ts'

/** How long a bearer token of a person is good. Tools renew it when they feel like it, and lose work when it ends in between. */
const tokenSeconds = 10 * 60 * 60

interface PeopleParts {
  readonly foundation: Foundation
  readonly log: Log
}

/** Registers what people, tools and the containers of runs call. */
export async function peopleRoutes(
  { routes, limits }: ApiServer,
  rooms: Rooms,
  { foundation, log }: PeopleParts,
): Promise<void> {
  const source = { what: 'source', maxBytes: limits.maxSourceBytes }
  await routes.register(graphqlRoutes, {
    pools: rooms.pools,
    workers: rooms.workers,
    stacks: rooms.stacks,
    runs: rooms.runs,
    states: rooms.states,
    results: rooms.results,
    uploads: { upload: (content: Readable) => takeUpload(content, source, (kept) => rooms.sources.upload(kept)) },
    keys: personKeys(rooms),
    tokens: personTokens(rooms),
    log,
    now: () => foundation.clock.now(),
  })
  const { issuer } = rooms.identityTokens
  await discoveryRoutes(routes, { issuer, keys: [foundation.signingKey.publicKey] })
  await routes.register(stateRoutes, {
    states: rooms.stateBackend,
    tokens: rooms.stateTokens,
    isLive: (stack: string, run: string) =>
      foundation.store.read(async (tables) => {
        const found = await tables.runs.get(run)
        return found?.stack === stack && !isTerminal(found.state)
      }),
  })
}

function personKeys({ keys }: Rooms): Keys {
  return {
    async verify(id, secret) {
      const key = await keys.verify(id, secret)
      return key && { id: `api::${key.id}`, name: key.name }
    },
  }
}

function personTokens({ tokens }: Rooms): PersonTokens {
  return {
    issue: ({ id, name }) => tokens.issue({ subject: id, name, scope: 'api', lifetimeSeconds: tokenSeconds }),
    verify(jwt) {
      const claims = tokens.verify(jwt, 'api')
      return claims && { id: claims.sub, name: claims.name }
    },
  }
}
