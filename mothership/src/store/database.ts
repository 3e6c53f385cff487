import { Kysely, SqliteDialect, type Transaction } from 'kysely'
import { DEFAULT_MIGRATION_TABLE, Migrator } from 'kysely/migration'
import { Refusal } from '../base/errors.ts'
import { migrations } from './migrations.ts'
import type { Schema } from './schema.ts'
import { NodeSqlite } from './sqlite.ts'

/** A connection to read and write with: the database itself, or a transaction of it. */
export type Connection = Kysely<Schema> | Transaction<Schema>

/** Opens the database and brings it to the newest schema. A schema that is newer than this program is refused (`conflict`), untouched. */
export async function openDatabase(path: string): Promise<Kysely<Schema>> {
  const database = new Kysely<Schema>({ dialect: new SqliteDialect({ database: new NodeSqlite(path) }) })
  try {
    await migrate(database, path)
    return database
  } catch (error) {
    await database.destroy()
    throw error
  }
}

async function migrate(database: Kysely<Schema>, path: string): Promise<void> {
  const unknown = (await migrationsIn(database)).filter((name) => !(name in migrations))
  if (unknown.length > 0) {
    throw new Refusal('conflict', `database ${path} is of a newer mothership: it has ${unknown.join(', ')}`)
  }
  const migrator = new Migrator({ db: database, provider: { getMigrations: () => Promise.resolve(migrations) } })
  const { error } = await migrator.migrateToLatest()
  if (error) throw error instanceof Error ? error : new Error('the migration failed', { cause: error })
}

/** The names of the migrations that this database has been through. */
async function migrationsIn(database: Kysely<Schema>): Promise<readonly string[]> {
  const tables = await database.introspection.getTables({ withInternalKyselyTables: true })
  if (!tables.some((table) => table.name === DEFAULT_MIGRATION_TABLE)) return []
  const kept = database.withTables<{ [DEFAULT_MIGRATION_TABLE]: { name: string } }>()
  const rows = await kept.selectFrom(DEFAULT_MIGRATION_TABLE).select('name').execute()
  return rows.map((row) => row.name)
}
