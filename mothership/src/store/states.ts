import type { StateLockRecord, StateTable, StateVersionRecord } from '../statefiles/table.ts'
import type { Connection } from './database.ts'
import type { StateLockRow, StateVersionRow } from './schema.ts'

/** The versions and locks of states in SQL. */
export class StoredStates implements StateTable {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async insert(version: StateVersionRecord): Promise<void> {
    const { createdAt, ...same } = version
    await this.#connection
      .insertInto('state_versions')
      .values({ ...same, created_at: createdAt })
      .execute()
  }

  async newest(stack: string): Promise<StateVersionRecord | null> {
    const query = this.#versions(stack).where('origin', '!=', 'beside').limit(1)
    const row = await query.executeTakeFirst()
    return row ? versionOf(row) : null
  }

  async get(stack: string, id: string): Promise<StateVersionRecord | null> {
    const row = await this.#versions(stack).where('id', '=', id).executeTakeFirst()
    return row ? versionOf(row) : null
  }

  async list(stack: string): Promise<readonly StateVersionRecord[]> {
    return (await this.#versions(stack).execute()).map(versionOf)
  }

  async nextSequence(stack: string): Promise<number> {
    const last = await this.#versions(stack).limit(1).executeTakeFirst()
    return (last?.sequence ?? 0) + 1
  }

  async remove(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.#connection.deleteFrom('state_versions').where('id', 'in', ids).execute()
  }

  async lock(stack: string): Promise<StateLockRecord | null> {
    const query = this.#connection.selectFrom('state_locks').selectAll().where('stack', '=', stack)
    const row = await query.executeTakeFirst()
    return row ? lockOf(row) : null
  }

  async setLock(lock: StateLockRecord): Promise<void> {
    const { createdAt, ...same } = lock
    await this.#connection
      .insertInto('state_locks')
      .values({ ...same, created_at: createdAt })
      .execute()
  }

  async removeLock(stack: string): Promise<void> {
    await this.#connection.deleteFrom('state_locks').where('stack', '=', stack).execute()
  }

  #versions(stack: string) {
    return this.#connection
      .selectFrom('state_versions')
      .selectAll()
      .where('stack', '=', stack)
      .orderBy('sequence', 'desc')
  }
}

function versionOf(row: StateVersionRow): StateVersionRecord {
  const { created_at: createdAt, ...same } = row
  return { ...same, createdAt }
}

function lockOf(row: StateLockRow): StateLockRecord {
  const { created_at: createdAt, ...same } = row
  return { ...same, createdAt }
}
