import type { Phase } from '../../../protocol/job.ts'
import type { Stored } from '../../../protocol/report.ts'
import type { StopOrder } from '../../../protocol/worker.ts'
import type { JobEnd, JobRecord, JobTable } from '../runs/table.ts'
import type { Connection } from './database.ts'
import type { JobRow } from './run-schema.ts'

/** Jobs in SQL. */
export class StoredJobs implements JobTable {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async insert(job: JobRecord): Promise<void> {
    await this.#connection
      .insertInto('jobs')
      .values(columnsOf(job) as JobRow)
      .execute()
  }

  async get(id: string): Promise<JobRecord | null> {
    const row = await this.#jobs().where('id', '=', id).executeTakeFirst()
    return row ? recordOf(row) : null
  }

  async update(id: string, changes: Partial<Omit<JobRecord, 'id' | 'worker'>>): Promise<void> {
    await this.#connection.updateTable('jobs').set(columnsOf(changes)).where('id', '=', id).execute()
  }

  async liveOfRun(run: string): Promise<JobRecord | null> {
    const row = await this.#jobs().where('run', '=', run).where('ended_at', 'is', null).executeTakeFirst()
    return row ? recordOf(row) : null
  }

  async liveOfWorker(worker: string): Promise<JobRecord | null> {
    const row = await this.#jobs().where('worker', '=', worker).where('ended_at', 'is', null).executeTakeFirst()
    return row ? recordOf(row) : null
  }

  async live(): Promise<readonly JobRecord[]> {
    return (await this.#jobs().where('ended_at', 'is', null).execute()).map(recordOf)
  }

  async countOfRun(run: string): Promise<number> {
    const row = await this.#connection
      .selectFrom('jobs')
      .select((counted) => counted.fn.countAll<number>().as('count'))
      .where('run', '=', run)
      .executeTakeFirstOrThrow()
    return row.count
  }

  async withLeftWorkspace(limit: number): Promise<readonly JobRecord[]> {
    const over = this.#connection.selectFrom('runs').select('id').where('standing', '=', 'over')
    const query = this.#jobs().where('workspace_kept', '=', 1).where('run', 'in', over).limit(limit)
    return (await query.execute()).map(recordOf)
  }

  #jobs() {
    return this.#connection.selectFrom('jobs').selectAll()
  }
}

/** Columns whose name or form differs from the record's; the rest are as they are. */
const columns = {
  phases: (value: unknown) => ({ phases: JSON.stringify(value) }),
  pauses: (value: unknown) => ({ pauses: Number(value) }),
  startedAt: (value: unknown) => ({ started_at: value }),
  stop: (value: unknown) => ({ stop: value === null ? null : JSON.stringify(value) }),
  lastReport: (value: unknown) => ({ last_report: value }),
  logLength: (value: unknown) => ({ log_length: value }),
  lostBytes: (value: unknown) => ({ lost_bytes: value }),
  workspaceKept: (value: unknown) => ({ workspace_kept: Number(value) }),
  workspace: (value: unknown) => ({ workspace: value === null ? null : JSON.stringify(value) }),
  createdAt: (value: unknown) => ({ created_at: value }),
  endedAt: (value: unknown) => ({ ended_at: value }),
}

function columnsOf(job: Partial<JobRecord>): Partial<JobRow> {
  const entries = Object.entries(job).map(([name, value]) =>
    name in columns ? columns[name as keyof typeof columns](value) : { [name]: value },
  )
  return Object.assign({}, ...entries) as Partial<JobRow>
}

function recordOf(row: JobRow): JobRecord {
  return {
    id: row.id,
    run: row.run,
    pool: row.pool,
    worker: row.worker,
    attempt: row.attempt,
    phases: JSON.parse(row.phases) as Phase[],
    pauses: row.pauses === 1,
    continues: row.continues,
    claim: row.claim,
    startedAt: row.started_at,
    stop: row.stop === null ? null : (JSON.parse(row.stop) as StopOrder),
    lastReport: row.last_report,
    logLength: row.log_length,
    lostBytes: row.lost_bytes,
    workspaceKept: row.workspace_kept === 1,
    workspace: row.workspace === null ? null : (JSON.parse(row.workspace) as Stored),
    createdAt: row.created_at,
    endedAt: row.ended_at,
    end: row.end as JobEnd | null,
  }
}
