import { CommandFailure, exitCodes } from './failure.ts'
import type { Session } from './session.ts'
import { poolFields, type Pool } from './shapes.ts'

/** All pools. */
export async function listPools({ api }: Session): Promise<readonly Pool[]> {
  const { workerPools } = await api.ask<{ workerPools: readonly Pool[] }>(`{ workerPools { ${poolFields} } }`)
  return workerPools
}

/** The pool of an id or a name. A name that several pools have is refused. */
export async function findPool(session: Session, named: string | undefined): Promise<Pool> {
  const pools = await listPools(session)
  const found = pools.filter(({ id }) => id === named).concat(pools.filter(({ name }) => name === named))
  const [pool, second] = found
  if (!pool) throw new CommandFailure(exitCodes.notFound, `There is no worker pool ${named}.`)
  if (second && pool.id !== named) {
    throw new CommandFailure(exitCodes.conflict, `Several worker pools are called ${named}: name one by its id.`)
  }
  return pool
}
