import type { KeyRecord, KeyTable } from '../secrets/table.ts'
import type { Connection } from './database.ts'
import type { KeyRow } from './schema.ts'

/** API keys in SQL. */
export class StoredKeys implements KeyTable {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async insert(key: KeyRecord): Promise<void> {
    const { id, name, hash, createdAt } = key
    await this.#connection.insertInto('keys').values({ id, name, hash, created_at: createdAt }).execute()
  }

  async get(id: string): Promise<KeyRecord | null> {
    const row = await this.#connection.selectFrom('keys').selectAll().where('id', '=', id).executeTakeFirst()
    return row ? recordOf(row) : null
  }

  async list(): Promise<readonly KeyRecord[]> {
    const rows = await this.#connection.selectFrom('keys').selectAll().orderBy('created_at').orderBy('id').execute()
    return rows.map(recordOf)
  }

  async remove(id: string): Promise<void> {
    await this.#connection.deleteFrom('keys').where('id', '=', id).execute()
  }
}

function recordOf(row: KeyRow): KeyRecord {
  return { id: row.id, name: row.name, hash: row.hash, createdAt: row.created_at }
}
