import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import fastify from 'fastify'
import { ulid } from 'ulid'
import { DirectoryObjects } from '../../../mothership/src/objects/directory-objects.ts'
import { Secrets } from '../../../mothership/src/secrets/secrets.ts'
import { StateTokens } from '../../../mothership/src/secrets/state-tokens.ts'
import { Tokens } from '../../../mothership/src/secrets/tokens.ts'
import { StateRescue } from '../../../mothership/src/statefiles/rescue.ts'
import { stateRoutes } from '../../../mothership/src/statefiles/routes.ts'
import { StateBackend } from '../../../mothership/src/statefiles/state-backend.ts'
import { StateFiles } from '../../../mothership/src/statefiles/state-files.ts'
import { Store } from '../../../mothership/src/store/store.ts'

export const person = { id: 'api::test', name: 'test' }

/** A state as the tools write it. */
export function stateOf(serial: number, lineage = 'one', extra = ''): string {
  return JSON.stringify({ version: 4, serial, lineage, outputs: {}, resources: [], check_results: extra })
}

/** Everything about states on a real database and disk. A run in `over` is over. */
export async function stateWorld() {
  const directory = await mkdtemp(join(tmpdir(), 'states-'))
  const clock = { now: () => Date.now(), sleep: () => Promise.resolve() }
  const store = await Store.open(join(directory, 'database'))
  const secrets = new Secrets(new Uint8Array(32).fill(1))
  const parts = {
    store,
    objects: new DirectoryObjects(join(directory, 'objects')),
    secrets,
    clock,
    newId: () => ulid(),
  }
  const over = new Set<string>()
  const rescue = new StateRescue(parts)
  return {
    directory,
    store,
    over,
    backend: new StateBackend(parts),
    files: new StateFiles(parts),
    rescue: (stack: string, run: string, content: string) => rescue.rescue(stack, run, Readable.from([content])),
    tokens: new StateTokens(new Tokens(secrets, clock, 'https://mothership:1983')),
    isLive: (_stack: string, run: string) => Promise.resolve(!over.has(run)),
    async [Symbol.asyncDispose]() {
      await store.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

export type StateWorld = Awaited<ReturnType<typeof stateWorld>>

/** The routes on a real port of this machine. `refuse`: what is answered instead of letting a request through, if anything. */
export async function serveStates(world: StateWorld, refuse: (method: string) => number | null = () => null) {
  const app = fastify()
  app.addHook('onRequest', async (request, reply) => {
    const status = refuse(request.method)
    if (status !== null) await reply.code(status).send('broken')
  })
  await stateRoutes(app, { states: world.backend, tokens: world.tokens, isLive: world.isLive })
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  return { address, [Symbol.asyncDispose]: () => app.close() }
}
