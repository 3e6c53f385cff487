import { Kysely, SqliteDialect, type Transaction } from 'kysely'
import { Migrator } from 'kysely/migration'
import type { Schema } from './schema.ts'
import { migrations } from './migrations.ts'
import { NodeSqlite } from './sqlite.ts'

/** A connection to read and write with: the database itself, or a transaction of it. */
export type Connection = Kysely<Schema> | Transaction<Schema>

/** Opens the database and brings it to the newest schema. A schema that is newer than this program is refused. */
export async function openDatabase(path: string): Promise<Kysely<Schema>> {
  const database = new Kysely<Schema>({ dialect: new SqliteDialect({ database: new NodeSqlite(path) }) })
  const migrator = new Migrator({ db: database, provider: { getMigrations: () => Promise.resolve(migrations) } })
  const { error } = await migrator.migrateToLatest()
  if (error) throw error
  return database
}
