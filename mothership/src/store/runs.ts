import type { RunType } from '../../../protocol/job.ts'
import type { RunState, Standing } from '../runs/states.ts'
import type { RunFilter, RunMetadata, RunRecord, RunTable, TransitionRecord } from '../runs/table.ts'
import type { StackSnapshot } from '../stacks/snapshot.ts'
import type { Connection } from './database.ts'
import type { RunRow, TransitionRow } from './run-schema.ts'

/** Runs in SQL. */
export class StoredRuns implements RunTable {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async insert(run: RunRecord, snapshot: StackSnapshot): Promise<void> {
    await this.#connection
      .insertInto('runs')
      .values({ id: run.id, ...columnsOf(run) } as RunRow)
      .execute()
    await this.#connection
      .insertInto('run_snapshots')
      .values({ run: run.id, snapshot: JSON.stringify(snapshot) })
      .execute()
  }

  async get(id: string): Promise<RunRecord | null> {
    const row = await this.#runs().where('id', '=', id).executeTakeFirst()
    return row ? recordOf(row) : null
  }

  async snapshot(id: string): Promise<StackSnapshot | null> {
    const query = this.#connection.selectFrom('run_snapshots').select('snapshot').where('run', '=', id)
    const row = await query.executeTakeFirst()
    return row ? (JSON.parse(row.snapshot) as StackSnapshot) : null
  }

  async update(id: string, changes: Partial<Omit<RunRecord, 'id'>>): Promise<void> {
    await this.#connection.updateTable('runs').set(columnsOf(changes)).where('id', '=', id).execute()
  }

  async list(filter: RunFilter): Promise<readonly RunRecord[]> {
    let query = this.#runs()
    if (filter.stack !== undefined) query = query.where('stack', '=', filter.stack)
    if (filter.types !== undefined) query = query.where('type', 'in', filter.types)
    if (filter.before !== undefined) query = query.where('id', '<', filter.before)
    return (await query.orderBy('id', 'desc').limit(filter.limit).execute()).map(recordOf)
  }

  async addTransition(transition: TransitionRecord): Promise<void> {
    const { stateVersion, logOffset, ...same } = transition
    const row: TransitionRow = { ...same, state_version: stateVersion, log_offset: logOffset }
    await this.#connection.insertInto('transitions').values(row).execute()
  }

  async transitions(run: string): Promise<readonly TransitionRecord[]> {
    const query = this.#connection.selectFrom('transitions').selectAll().where('run', '=', run)
    return (await query.orderBy('state_version').execute()).map(transitionOf)
  }

  async poolsWaiting(): Promise<readonly string[]> {
    const query = this.#connection.selectFrom('runs').select('pool').distinct().where('standing', '=', 'waiting')
    return (await query.execute()).map((row) => row.pool)
  }

  async firstWaiting(pool: string): Promise<RunRecord | null> {
    const row = await this.#inOrder('waiting').where('pool', '=', pool).limit(1).executeTakeFirst()
    return row ? recordOf(row) : null
  }

  async waiting(pool: string): Promise<readonly RunRecord[]> {
    return (await this.#inOrder('waiting').where('pool', '=', pool).execute()).map(recordOf)
  }

  async countWaiting(pool: string): Promise<number> {
    const row = await this.#connection
      .selectFrom('runs')
      .select((counted) => counted.fn.countAll<number>().as('count'))
      .where('standing', '=', 'waiting')
      .where('pool', '=', pool)
      .executeTakeFirstOrThrow()
    return row.count
  }

  async working(pool: string): Promise<readonly RunRecord[]> {
    const query = this.#runs().where('standing', '=', 'working').where('pool', '=', pool)
    return (await query.orderBy('created_at').orderBy('id').execute()).map(recordOf)
  }

  async holder(stack: string): Promise<RunRecord | null> {
    const query = this.#runs().where('stack', '=', stack).where('exclusive', '=', 1)
    const row = await query.where('standing', 'in', ['waiting', 'working', 'paused']).executeTakeFirst()
    return row ? recordOf(row) : null
  }

  async firstQueued(stack: string): Promise<RunRecord | null> {
    const row = await this.#inOrder('queued').where('stack', '=', stack).limit(1).executeTakeFirst()
    return row ? recordOf(row) : null
  }

  async anyUnfinished(stack: string): Promise<boolean> {
    const query = this.#connection.selectFrom('runs').select('id').where('stack', '=', stack)
    return (await query.where('standing', '!=', 'over').limit(1).executeTakeFirst()) !== undefined
  }

  #runs() {
    return this.#connection.selectFrom('runs').selectAll()
  }

  /** The order of `runs/order.ts`. */
  #inOrder(standing: Standing) {
    const query = this.#runs().where('standing', '=', standing)
    return query.orderBy('prioritized', 'desc').orderBy('rank').orderBy('created_at').orderBy('id')
  }
}

/** Columns whose name or form differs from the record's; the rest are as they are. */
const columns = {
  stateVersion: (value: unknown) => ({ state_version: value }),
  skipInitialization: (value: unknown) => ({ skip_initialization: Number(value) }),
  autodeploy: (value: unknown) => ({ autodeploy: Number(value) }),
  commit: (value: unknown) => ({ commit_hash: value }),
  triggeredBy: (value: unknown) => ({ triggered_by: value }),
  metadata: (value: unknown) => ({ metadata: JSON.stringify(value) }),
  prioritized: (value: unknown) => ({ prioritized: Number(value) }),
  exclusive: (value: unknown) => ({ exclusive: Number(value) }),
  pausedJob: (value: unknown) => ({ paused_job: value }),
  createdAt: (value: unknown) => ({ created_at: value }),
  updatedAt: (value: unknown) => ({ updated_at: value }),
}

function columnsOf(run: Partial<RunRecord>): Partial<RunRow> {
  const entries = Object.entries(run).map(([name, value]) =>
    name in columns ? columns[name as keyof typeof columns](value) : { [name]: value },
  )
  return Object.assign({}, ...entries) as Partial<RunRow>
}

const noMetadata: RunMetadata = { triggered: [], confirmed: [] }

function recordOf(row: RunRow): RunRecord {
  return {
    id: row.id,
    stack: row.stack,
    pool: row.pool,
    type: row.type as RunType,
    state: row.state as RunState,
    standing: row.standing as Standing,
    stateVersion: row.state_version,
    title: row.title,
    command: row.command,
    skipInitialization: row.skip_initialization === 1,
    autodeploy: row.autodeploy === 1,
    commit: row.commit_hash,
    branch: row.branch,
    metadata: row.metadata === null ? noMetadata : (JSON.parse(row.metadata) as RunMetadata),
    triggeredBy: row.triggered_by,
    note: row.note,
    prioritized: row.prioritized === 1,
    rank: row.rank,
    exclusive: row.exclusive === 1,
    pausedJob: row.paused_job,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

function transitionOf(row: TransitionRow): TransitionRecord {
  const { state_version: stateVersion, log_offset: logOffset, state, ...same } = row
  return { ...same, state: state as RunState, stateVersion, logOffset }
}
