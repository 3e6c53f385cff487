import type { Kysely } from 'kysely'
import { Refusal } from '../base/errors.ts'
import type { PoolTable } from '../pools/table.ts'
import type { ResultTable } from '../results/table.ts'
import type { JobTable, RunTable } from '../runs/table.ts'
import type { KeyTable } from '../secrets/table.ts'
import type { SourceTable } from '../stacks/source-table.ts'
import type { StackTable } from '../stacks/table.ts'
import type { StateTable } from '../statefiles/table.ts'
import type { WorkerTable } from '../workers/table.ts'
import { type Connection, openDatabase } from './database.ts'
import { StoredJobs } from './jobs.ts'
import { StoredKeys } from './keys.ts'
import { StoredPools } from './pools.ts'
import { StoredResults } from './results.ts'
import { StoredRuns } from './runs.ts'
import type { Schema } from './schema.ts'
import { StoredSources } from './sources.ts'
import { StoredStacks } from './stacks.ts'
import { StoredStates } from './states.ts'
import { StoredWorkers } from './workers.ts'

/** Every table, each in the words of the room that it serves. */
export interface Tables {
  readonly pools: PoolTable
  readonly stacks: StackTable
  readonly sources: SourceTable
  readonly states: StateTable
  readonly keys: KeyTable
  readonly workers: WorkerTable
  readonly runs: RunTable
  readonly jobs: JobTable
  readonly results: ResultTable
}

/**
 * The database. It rejects with `unavailable` when the disk is full or fails, or the file is locked by another program; any other
 * rejection is the work's own, or a bug.
 */
export class Store {
  readonly #database: Kysely<Schema>

  private constructor(database: Kysely<Schema>) {
    this.#database = database
  }

  /** Opens the file (`:memory:` for none) and brings it to the newest schema. Rejects if the file is of a newer program. */
  static async open(path: string): Promise<Store> {
    return new Store(await openDatabase(path))
  }

  /** Each query sees what is committed when it is made. */
  read<T>(work: (tables: Tables) => Promise<T>): Promise<T> {
    return answered(() => work(tablesOn(this.#database)))
  }

  /**
   * All or nothing, and one at a time: what `work` has read is still so when it writes. `work` awaits nothing but the tables that it is
   * given: there is one connection, so waiting for another `read` or `transaction` in it would wait for ever.
   */
  transaction<T>(work: (tables: Tables) => Promise<T>): Promise<T> {
    return answered(() => this.#database.transaction().execute((connection) => work(tablesOn(connection))))
  }

  /** Waits for the transaction in hand. */
  close(): Promise<void> {
    return this.#database.destroy()
  }
}

function tablesOn(connection: Connection): Tables {
  return {
    pools: new StoredPools(connection),
    stacks: new StoredStacks(connection),
    sources: new StoredSources(connection),
    states: new StoredStates(connection),
    keys: new StoredKeys(connection),
    workers: new StoredWorkers(connection),
    runs: new StoredRuns(connection),
    jobs: new StoredJobs(connection),
    results: new StoredResults(connection),
  }
}

/** SQLite's primary result codes BUSY, LOCKED, IOERR and FULL (https://www.sqlite.org/rescode.html): the machine's fault, not the query's. */
const machineFaults = new Map([
  [5, 'the database is locked by another program'],
  [6, 'the database is locked'],
  [10, 'the disk failed under the database'],
  [13, 'the disk is full'],
])

async function answered<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0
    const fault = machineFaults.get(code % 256)
    if (fault === undefined) throw error
    throw new Refusal('unavailable', fault, { cause: error })
  }
}
