import type { Presence, WorkerRecord, WorkerTable } from '../workers/table.ts'
import type { Connection } from './database.ts'
import type { WorkerRow } from './run-schema.ts'

/** Workers in SQL. */
export class StoredWorkers implements WorkerTable {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async insert(worker: WorkerRecord): Promise<void> {
    const row = { id: worker.id, pool: worker.pool, ...columnsOf(worker) } as WorkerRow
    await this.#connection.insertInto('workers').values(row).execute()
  }

  async get(id: string): Promise<WorkerRecord | null> {
    const row = await this.#connection.selectFrom('workers').selectAll().where('id', '=', id).executeTakeFirst()
    return row ? recordOf(row) : null
  }

  async ofInstance(pool: string, instance: string): Promise<WorkerRecord | null> {
    const query = this.#connection.selectFrom('workers').selectAll()
    const row = await query.where('pool', '=', pool).where('instance', '=', instance).executeTakeFirst()
    return row ? recordOf(row) : null
  }

  async update(id: string, changes: Partial<Omit<WorkerRecord, 'id' | 'pool'>>): Promise<void> {
    await this.#connection.updateTable('workers').set(columnsOf(changes)).where('id', '=', id).execute()
  }

  async present(pool?: string): Promise<readonly WorkerRecord[]> {
    const all = this.#connection.selectFrom('workers').selectAll().where('presence', 'in', ['here', 'away'])
    const query = pool === undefined ? all : all.where('pool', '=', pool)
    return (await query.orderBy('created_at').orderBy('id').execute()).map(recordOf)
  }

  async free(pool: string, limit: number): Promise<readonly string[]> {
    const rows = await this.#connection
      .selectFrom('workers')
      .select('id')
      .where('pool', '=', pool)
      .where('presence', '=', 'here')
      .where('idle_since', 'is not', null)
      .where('drained', '=', 0)
      .where('draining', '=', 0)
      .where('leave', 'is', null)
      .orderBy('idle_since')
      .orderBy('id')
      .limit(limit)
      .execute()
    return rows.map((row) => row.id)
  }

  async forget(before: number): Promise<void> {
    await this.#connection
      .deleteFrom('workers')
      .where('presence', 'in', ['silent', 'left'])
      .where('idle_since', 'is not', null)
      .where('updated_at', '<', before)
      .execute()
  }
}

function columnsOf(worker: Partial<WorkerRecord>): Partial<WorkerRow> {
  const { drained, draining, sessions, metadata, idleSince, createdAt, updatedAt, ...same } = worker
  return {
    ...same,
    ...(drained === undefined ? {} : { drained: Number(drained) }),
    ...(draining === undefined ? {} : { draining: Number(draining) }),
    ...(sessions === undefined ? {} : { sessions: JSON.stringify(sessions) }),
    ...(metadata === undefined ? {} : { metadata: JSON.stringify(metadata) }),
    ...(idleSince === undefined ? {} : { idle_since: idleSince }),
    ...(createdAt === undefined ? {} : { created_at: createdAt }),
    ...(updatedAt === undefined ? {} : { updated_at: updatedAt }),
  }
}

function recordOf(row: WorkerRow): WorkerRecord {
  return {
    id: row.id,
    pool: row.pool,
    instance: row.instance,
    sessions: JSON.parse(row.sessions) as string[],
    version: row.version,
    metadata: JSON.parse(row.metadata) as Record<string, string>,
    drained: row.drained === 1,
    draining: row.draining === 1,
    presence: row.presence as Presence,
    leave: row.leave,
    idleSince: row.idle_since,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
