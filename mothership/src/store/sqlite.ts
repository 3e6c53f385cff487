import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import type { SqliteDatabase, SqliteStatement } from 'kysely'

/** Most statements that are kept ready; there are some hundred, and each list of another length (`in (?, ?, ?)`) is one of its own. */
export const maxStatements = 500

/**
 * Node's own SQLite in the shape that kysely's SqliteDialect expects of better-sqlite3. One connection: kysely hands it to one
 * transaction or query at a time, so a transaction sees nothing of another.
 */
export class NodeSqlite implements SqliteDatabase {
  readonly #database: DatabaseSync
  /** By their text. To prepare one takes longer than to run it. */
  readonly #statements = new Map<string, SqliteStatement>()

  /** `path`: the file, or `:memory:`. `synchronous` FULL: what was committed survives a power cut. Waiting for another
   * program that has the file, such as a backup, holds the whole process: so it is short. */
  constructor(path: string) {
    this.#database = new DatabaseSync(path)
    this.#database.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 1000',
    )
  }

  /** Statements with one text are one: kysely runs each to its end before the next one on its only connection. */
  prepare(sql: string): SqliteStatement {
    // A transaction that finds the disk full is rolled back by SQLite itself, and the rollback that follows would then fail and hide why
    // (https://www.sqlite.org/lang_transaction.html#response_to_errors_within_a_transaction).
    const over = sql === 'rollback' && !this.#database.isTransaction
    const text = over ? 'select null' : sql
    const statement = this.#statements.get(text) ?? this.#prepared(text)
    // Again the youngest, so that the oldest is the one that was not used for longest.
    this.#statements.delete(text)
    this.#statements.set(text, statement)
    for (const oldest of this.#statements.keys()) {
      if (this.#statements.size <= maxStatements) break
      this.#statements.delete(oldest)
    }
    return statement
  }

  #prepared(text: string): SqliteStatement {
    const statement = this.#database.prepare(text)
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
