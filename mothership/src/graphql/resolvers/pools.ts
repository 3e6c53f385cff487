import { Refusal } from '../../base/errors.ts'
import type { Known, RootFields, Rooms } from '../asked.ts'
import { once } from '../once.ts'
import { seconds } from '../seconds.ts'
import type { NewPool, PoolView } from '../services.ts'
import { search, type SearchInput, type Searchable } from './search.ts'
import { spaceObject } from './spaces.ts'
import { workerObject } from './workers.ts'

const searchable: Searchable<PoolView> = {
  id: (pool) => pool.id,
  name: (pool) => pool.name,
  description: (pool) => pool.description,
  label: (pool) => pool.labels,
  space: (pool) => pool.space,
  createdAt: (pool) => pool.createdAt,
  updatedAt: (pool) => pool.updatedAt,
}

type PoolArguments = Omit<NewPool, 'labels'> & { readonly labels?: readonly string[] | null }

/** A pool as the schema has it. Its workers are asked for once, however many fields are made of them. */
export function poolObject(pool: PoolView, rooms: Rooms) {
  const workers = once(() => rooms.workers.list(pool.id))
  return {
    id: pool.id,
    name: pool.name,
    description: pool.description,
    config: pool.config,
    labels: pool.labels,
    space: pool.space,
    spaceDetails: () => spaceObject(pool.space),
    createdAt: seconds(pool.createdAt),
    updatedAt: seconds(pool.updatedAt),
    certificateExpiresAt: seconds(pool.certificateExpiresAt),
    deleted: false,
    driftDetectionRunLimit: pool.driftDetectionRunLimit,
    managedByK8sController: false,
    pendingRuns: () => rooms.runs.pending(pool.id),
    busyWorkers: async () => (await workers()).filter((worker) => worker.busy).length,
    workersCount: async () => (await workers()).length,
    workers: async () => (await workers()).map(workerObject),
    searchSchedulableRuns: async ({ input }: { input: SearchInput }) => schedulable(pool.id, input, rooms),
  }
}

async function schedulable(pool: string, input: SearchInput, rooms: Rooms) {
  const runs = await rooms.runs.queue(pool)
  const places = runs.map((run, index) => ({ id: run.id, run, position: index + 1 }))
  const page = await search(places, input, {
    position: ({ position }) => position,
    name: ({ run }) => run.title,
    stack: ({ run }) => run.stack,
    state: ({ run }) => run.state,
    type: ({ run }) => run.type,
  })
  const node = ({ run, position }: (typeof places)[number]) => ({
    stackId: run.stack,
    run: rooms.show.run(run),
    position,
  })
  return { ...page, edges: page.edges.map((edge) => ({ node: node(edge.node) })) }
}

/** Lists, searches and changes of pools. */
export const poolFields = {
  async workerPool({ id }: { id: string }, { rooms }: Known) {
    const pool = await rooms.pools.get(id)
    return pool && rooms.show.pool(pool)
  },
  async workerPools(_: unknown, { rooms }: Known) {
    return (await rooms.pools.list()).map((pool) => rooms.show.pool(pool))
  },
  async searchWorkerPools({ input }: { input: SearchInput }, { rooms }: Known) {
    const page = await search(await rooms.pools.list(), input, searchable)
    return { ...page, edges: page.edges.map(({ node }) => ({ node: rooms.show.pool(node) })) }
  },
  publicWorkerPool: () => ({
    parallelism: 0,
    busyWorkers: 0,
    pendingRuns: 0,
    searchSchedulableRuns: () => search([], {}, {}),
  }),

  async workerPoolCreate(pool: PoolArguments, { rooms, person }: Known) {
    return rooms.show.pool(await rooms.pools.create(given(pool), person))
  },
  async workerPoolUpdate({ id, ...pool }: PoolArguments & { id: string }, { rooms, person }: Known) {
    return rooms.show.pool(await rooms.pools.update(id, given(pool), person))
  },
  async workerPoolReset(
    { id, certificateSigningRequest }: { id: string; certificateSigningRequest: string },
    { rooms, person }: Known,
  ) {
    return rooms.show.pool(await rooms.pools.reset(id, certificateSigningRequest, person))
  },
  async workerPoolDelete({ id }: { id: string }, { rooms, person }: Known) {
    return rooms.show.pool(await rooms.pools.remove(id, person))
  },
  async workerPoolCycle({ id }: { id: string }, { rooms, person }: Known) {
    if (!(await rooms.pools.get(id))) throw new Refusal('not-found', `worker pool ${id} not found`)
    await rooms.workers.cycle(id, person)
    return true
  },
} as const satisfies RootFields<Known>

/**
 * Two fields for which clients have words that pools have not: null for no labels, and -1, which the Terraform provider sends for
 * "no limit" and takes null for as well.
 */
function given<P extends Partial<PoolArguments>>(pool: P) {
  const limit = pool.driftDetectionRunLimit ?? null
  return { ...pool, labels: pool.labels ?? [], driftDetectionRunLimit: limit !== null && limit < 0 ? null : limit }
}
