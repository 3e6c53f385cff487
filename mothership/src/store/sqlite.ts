import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import type { SqliteDatabase, SqliteStatement } from 'kysely'

/**
 * Node's own SQLite in the shape that kysely's SqliteDialect expects of better-sqlite3. One connection: kysely hands it to one
 * transaction or query at a time, so a transaction sees nothing of another.
 */
export class NodeSqlite implements SqliteDatabase {
  readonly #database: DatabaseSync

  /** `path`: the file, or `:memory:`. `synchronous` FULL: what was committed survives a power cut. Waiting for another
   * program that has the file, such as a backup, holds the whole process: so it is short. */
  constructor(path: string) {
    this.#database = new DatabaseSync(path)
    this.#database.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 1000',
    )
  }

  prepare(sql: string): SqliteStatement {
    // A transaction that finds the disk full is rolled back by SQLite itself, and the rollback that follows would then fail and hide why
    // (https://www.sqlite.org/lang_transaction.html#response_to_errors_within_a_transaction).
    const over = sql === 'rollback' && !this.#database.isTransaction
    const statement = this.#database.prepare(over ? 'select null' : sql)
    return {
      reader: statement.columns().length > 0,
      all: (parameters) => statement.all(...(parameters as SQLInputValue[])),
      run: (parameters) => statement.run(...(parameters as SQLInputValue[])),
      iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])),
    }
  }

  close(): void {
    this.#database.close()
  }
}
