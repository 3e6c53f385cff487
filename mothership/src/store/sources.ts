import type { SourceHolder, SourceRecord, SourceTable } from '../stacks/source-table.ts'
import type { Connection } from './database.ts'
import type { SourceRow } from './schema.ts'

/** Uploaded sources, and who needs them, in SQL. */
export class StoredSources implements SourceTable {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async insert(source: SourceRecord): Promise<void> {
    const { id, length, sha256, createdAt } = source
    await this.#connection.insertInto('sources').values({ id, length, sha256, created_at: createdAt }).execute()
  }

  async get(id: string): Promise<SourceRecord | null> {
    const row = await this.#connection.selectFrom('sources').selectAll().where('id', '=', id).executeTakeFirst()
    return row ? recordOf(row) : null
  }

  async remove(id: string): Promise<void> {
    await this.#connection.deleteFrom('sources').where('id', '=', id).execute()
  }

  async hold(source: string, holder: SourceHolder): Promise<void> {
    await this.#connection
      .insertInto('source_holders')
      .values({ source, kind: holder.kind, holder: holder.id })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  }

  async release(holder: SourceHolder): Promise<void> {
    await this.#connection
      .deleteFrom('source_holders')
      .where('kind', '=', holder.kind)
      .where('holder', '=', holder.id)
      .execute()
  }

  async unheld(before: number, limit: number): Promise<readonly SourceRecord[]> {
    const held = this.#connection.selectFrom('source_holders').select('source')
    const rows = await this.#connection
      .selectFrom('sources')
      .selectAll()
      .where('created_at', '<', before)
      .where('id', 'not in', held)
      .orderBy('created_at')
      .limit(limit)
      .execute()
    return rows.map(recordOf)
  }
}

function recordOf(row: SourceRow): SourceRecord {
  return { id: row.id, length: row.length, sha256: row.sha256, createdAt: row.created_at }
}
