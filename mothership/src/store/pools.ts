import type { PoolRecord, PoolTable } from '../pools/table.ts'
import type { Connection } from './database.ts'
import type { PoolRow } from './schema.ts'

/** Pools in SQL. */
export class StoredPools implements PoolTable {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async insert(pool: PoolRecord): Promise<void> {
    await this.#connection.insertInto('pools').values(rowOf(pool)).execute()
  }

  async replace(pool: PoolRecord): Promise<void> {
    await this.#connection.updateTable('pools').set(rowOf(pool)).where('id', '=', pool.id).execute()
  }

  async remove(id: string): Promise<void> {
    await this.#connection.deleteFrom('pools').where('id', '=', id).execute()
  }

  async get(id: string): Promise<PoolRecord | null> {
    const row = await this.#connection.selectFrom('pools').selectAll().where('id', '=', id).executeTakeFirst()
    return row ? recordOf(row) : null
  }

  async named(name: string): Promise<PoolRecord | null> {
    const row = await this.#connection.selectFrom('pools').selectAll().where('name', '=', name).executeTakeFirst()
    return row ? recordOf(row) : null
  }

  async idOf(fingerprint: string): Promise<string | null> {
    const query = this.#connection.selectFrom('pools').select('id').where('fingerprint', '=', fingerprint)
    return (await query.executeTakeFirst())?.id ?? null
  }

  async list(): Promise<readonly PoolRecord[]> {
    const rows = await this.#connection.selectFrom('pools').selectAll().orderBy('name').execute()
    return rows.map(recordOf)
  }
}

function rowOf(pool: PoolRecord): PoolRow {
  return {
    id: pool.id,
    name: pool.name,
    description: pool.description,
    labels: JSON.stringify(pool.labels),
    space: pool.space,
    drift_detection_run_limit: pool.driftDetectionRunLimit,
    certificate: pool.certificate,
    fingerprint: pool.fingerprint,
    certificate_expires_at: pool.certificateExpiresAt,
    created_at: pool.createdAt,
    updated_at: pool.updatedAt,
  }
}

function recordOf(row: PoolRow): PoolRecord {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    labels: JSON.parse(row.labels) as string[],
    space: row.space,
    driftDetectionRunLimit: row.drift_detection_run_limit,
    certificate: row.certificate,
    fingerprint: row.fingerprint,
    certificateExpiresAt: row.certificate_expires_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
