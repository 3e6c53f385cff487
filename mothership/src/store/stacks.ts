import type { StackSnapshot } from '../stacks/snapshot.ts'
import type { StackRecord, StackTable } from '../stacks/table.ts'
import type { Connection } from './database.ts'
import type { StackRow } from './schema.ts'

/** Stacks in SQL. */
export class StoredStacks implements StackTable {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async insert(stack: StackRecord): Promise<void> {
    await this.#connection.insertInto('stacks').values(rowOf(stack)).execute()
  }

  async replace(stack: StackRecord): Promise<void> {
    await this.#connection.updateTable('stacks').set(rowOf(stack)).where('id', '=', stack.id).execute()
  }

  async remove(id: string): Promise<void> {
    await this.#connection.deleteFrom('stacks').where('id', '=', id).execute()
  }

  async get(id: string): Promise<StackRecord | null> {
    const row = await this.#connection.selectFrom('stacks').selectAll().where('id', '=', id).executeTakeFirst()
    return row ? recordOf(row) : null
  }

  async list(): Promise<readonly StackRecord[]> {
    const rows = await this.#connection.selectFrom('stacks').selectAll().orderBy('id').execute()
    return rows.map(recordOf)
  }

  async inPool(pool: string): Promise<readonly string[]> {
    const rows = await this.#connection
      .selectFrom('stacks')
      .select('id')
      .where('pool', '=', pool)
      .orderBy('id')
      .execute()
    return rows.map((row) => row.id)
  }
}

function rowOf(stack: StackRecord): StackRow {
  return {
    id: stack.id,
    pool: stack.pool,
    snapshot: JSON.stringify(stack.snapshot),
    created_at: stack.createdAt,
    updated_at: stack.updatedAt,
  }
}

function recordOf(row: StackRow): StackRecord {
  return {
    id: row.id,
    pool: row.pool,
    snapshot: JSON.parse(row.snapshot) as StackSnapshot,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
