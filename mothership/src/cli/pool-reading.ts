import type { Command } from 'commander'
import { addCommand } from './command.ts'
import type { Io } from './io.ts'
import { findPool, listPools } from './pools.ts'
import { show } from './session.ts'
import type { Pool } from './shapes.ts'
import { details, table } from './table.ts'
import { ago, dateOf } from './time.ts'

/** `pool list` and `pool show`. */
export function addPoolReading(pool: Command, io: Io): void {
  addCommand(pool, io, {
    usage: 'list',
    summary: 'all pools, with their workers and waiting runs',
    examples: ['pool list', "pool list --json | jq -r '.[].name'"],
    run: async (session) => {
      const pools = await listPools(session)
      if (pools.length === 0) io.err('There are no worker pools yet: make one with `pool create`.\n')
      await show(session, pools, () =>
        pools.length === 0
          ? ''
          : table(
              heads,
              pools.map((one) => row(one, io.clock.now())),
            ),
      )
    },
  })
  addCommand(pool, io, {
    usage: 'show <pool>',
    summary: 'one pool, by id or name',
    examples: ['pool show production'],
    run: async (session, { args: [named] }) => {
      const found = await findPool(session, named)
      await show(session, found, () =>
        details([
          ['Pool', found.id],
          ['Name', found.name],
          ['Description', found.description],
          ['Labels', found.labels.join(', ')],
          ['Workers', `${found.workersCount}, ${found.busyWorkers} busy`],
          ['Waiting runs', String(found.pendingRuns)],
          ['Created', ago(found.createdAt, io.clock.now())],
          ['Certificate', `expires ${dateOf(found.certificateExpiresAt)}`],
        ]),
      )
    },
  })
}

const heads = ['ID', 'NAME', 'WORKERS', 'BUSY', 'WAITING', 'CREATED', 'LABELS']

function row(pool: Pool, now: number): string[] {
  const counts = [pool.workersCount, pool.busyWorkers, pool.pendingRuns].map(String)
  return [pool.id, pool.name, ...counts, ago(pool.createdAt, now), pool.labels.join(', ')]
}
