import type { Command } from 'commander'
import { addCommand } from './command.ts'
import { stateCell } from './colours.ts'
import { CommandFailure, exitCodes } from './failure.ts'
import type { Io } from './io.ts'
import { patiently } from './patience.ts'
import { findPool } from './pools.ts'
import { show, type Session } from './session.ts'
import { workerFields, workerOf, type Worker, type WorkerAnswer } from './shapes.ts'
import { table } from './table.ts'
import { ago } from './time.ts'

const pollMs = 1_000

/** `worker list|drain|undrain`. */
export function addWorkerCommands(program: Command, io: Io): void {
  const worker = program.command('worker').summary('workers: the launchers that are connected')
  worker.description('Workers. Each is one launcher process; it takes one job at a time.')
  addList(worker, io)
  addCommand<{ wait?: boolean }>(worker, io, {
    usage: 'drain <worker>',
    summary: 'give a worker no job any more; the one in hand goes on',
    options: [['--wait', 'end only when the worker has no job in hand, or is gone']],
    examples: ['worker drain 01JVW4C7R4Q8W2F1Z7E6T5Y3MB --wait'],
    run: async (session, { args: [id], options }) => {
      const drained = await setDrained(session, id, true)
      const last = options.wait ? await withoutJob(session, drained) : drained
      const sentence = last.busy ? 'takes no job any more; the one in hand goes on' : 'has no job and takes none'
      await show(session, last, () => `Worker ${last.id} ${sentence}.\n`)
    },
  })
  addCommand(worker, io, {
    usage: 'undrain <worker>',
    summary: 'let a drained worker take jobs again',
    examples: ['worker undrain 01JVW4C7R4Q8W2F1Z7E6T5Y3MB'],
    run: async (session, { args: [id] }) => {
      const worker = await setDrained(session, id, false)
      await show(session, worker, () => `Worker ${worker.id} takes jobs again.\n`)
    },
  })
}

function addList(worker: Command, io: Io): void {
  addCommand<{ pool?: string }>(worker, io, {
    usage: 'list',
    summary: 'the workers of all pools, or of one',
    options: [['--pool <pool>', 'only those of this pool, by id or name']],
    examples: ['worker list', 'worker list --pool production'],
    run: async (session, { options }) => {
      const pools = await poolsWithWorkers(session)
      const only = options.pool === undefined ? undefined : (await findPool(session, options.pool)).id
      const shown = pools.filter(({ id }) => only === undefined || id === only)
      const workers = shown.flatMap((pool) => pool.workers)
      if (workers.length === 0) io.err('There are no workers: start a launcher with the token and key of a pool.\n')
      await show(session, workers, () => (workers.length === 0 ? '' : workerTable(io, shown)))
    },
  })
}

function workerTable(io: Io, pools: readonly PoolOfWorkers[]): string {
  const now = io.clock.now()
  const rows = pools.flatMap(({ name, workers }) =>
    workers.map((worker) => [
      worker.id,
      name,
      stateCell(io, worker.status),
      worker.job ?? '',
      ago(worker.createdAt, now),
      ago(worker.seenAt, now),
      Object.entries(worker.metadata)
        .map((entry) => entry.join('='))
        .join(' '),
    ]),
  )
  return table(['ID', 'POOL', 'STATUS', 'JOB', 'SINCE', 'HEARD', 'METADATA'], rows)
}

interface PoolOfWorkers {
  readonly id: string
  readonly name: string
  readonly workers: readonly Worker[]
}

async function poolsWithWorkers({ api }: Session): Promise<readonly PoolOfWorkers[]> {
  type Answer = { workerPools: readonly { id: string; name: string; workers: readonly WorkerAnswer[] }[] }
  const { workerPools } = await api.ask<Answer>(`{ workerPools { id name workers { ${workerFields} } } }`)
  return workerPools.map(({ id, name, workers }) => ({
    id,
    name,
    workers: workers.map((worker) => workerOf(worker, id)),
  }))
}

async function findWorker(session: Session, id: string | undefined): Promise<Worker | undefined> {
  const pools = await poolsWithWorkers(session)
  return pools.flatMap(({ workers }) => workers).find((worker) => worker.id === id)
}

async function setDrained(session: Session, id: string | undefined, drain: boolean): Promise<Worker> {
  const worker = await findWorker(session, id)
  if (!worker) throw new CommandFailure(exitCodes.notFound, `There is no worker ${id}.`)
  const { workerDrainSet } = await session.api.ask<{ workerDrainSet: WorkerAnswer }>(
    `mutation($pool: ID!, $id: ID!, $drain: Boolean!) {
      workerDrainSet(workerPool: $pool, id: $id, drain: $drain) { ${workerFields} } }`,
    { pool: worker.pool, id: worker.id, drain },
  )
  return workerOf(workerDrainSet, worker.pool)
}

/** Waits until a drained worker has no job. One that is gone has none; one that was undrained meanwhile is not waited for. */
async function withoutJob(session: Session, drained: Worker): Promise<Worker> {
  for (let worker = drained; ; ) {
    if (!worker.drained) throw new CommandFailure(exitCodes.conflict, `Worker ${worker.id} was undrained by somebody.`)
    if (!worker.busy) return worker
    await session.io.clock.sleep(pollMs, session.io.signal)
    const now = await patiently(session.io, () => findWorker(session, worker.id))
    if (!now) return { ...worker, busy: false, job: null }
    worker = now
  }
}
