import type { CreateTableBuilder, Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Pools, stacks and their sources, states, keys. `bigint` holds milliseconds and byte counts in SQLite and Postgres alike. */
export const foundation: Migration = {
  async up(database) {
    for (const table of [pools, stacks, sources, sourceHolders, stateVersions, stateLocks, keys]) {
      await table(database).execute()
    }
  },
}

type Database = Kysely<unknown>
type Table = CreateTableBuilder<string, string>

const pools = (database: Database): Table =>
  database.schema
    .createTable('pools')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull().unique())
    .addColumn('description', 'text')
    .addColumn('labels', 'text', (column) => column.notNull())
    .addColumn('space', 'text', (column) => column.notNull())
    .addColumn('drift_detection_run_limit', 'integer')
    .addColumn('certificate', 'text', (column) => column.notNull())
    .addColumn('fingerprint', 'text', (column) => column.notNull().unique())
    .addColumn('certificate_expires_at', 'bigint', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())

const stacks = (database: Database): Table =>
  database.schema
    .createTable('stacks')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('pool', 'text', (column) => column.references('pools.id'))
    .addColumn('snapshot', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())

const sources = (database: Database): Table =>
  database.schema
    .createTable('sources')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('length', 'bigint', (column) => column.notNull())
    .addColumn('sha256', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())

const sourceHolders = (database: Database): Table =>
  database.schema
    .createTable('source_holders')
    .addColumn('source', 'text', (column) => column.notNull().references('sources.id'))
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('holder', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('source_holders_key', ['kind', 'holder', 'source'])

/* A stack's states outlive the stack: whoever deletes a stack by mistake and makes it again has them back. Hence no reference. */
const stateVersions = (database: Database): Table =>
  database.schema
    .createTable('state_versions')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('stack', 'text', (column) => column.notNull())
    .addColumn('sequence', 'bigint', (column) => column.notNull())
    .addColumn('serial', 'bigint', (column) => column.notNull())
    .addColumn('lineage', 'text', (column) => column.notNull())
    .addColumn('origin', 'text', (column) => column.notNull())
    .addColumn('run', 'text')
    .addColumn('length', 'bigint', (column) => column.notNull())
    .addColumn('md5', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addUniqueConstraint('state_versions_order', ['stack', 'sequence'])

const stateLocks = (database: Database): Table =>
  database.schema
    .createTable('state_locks')
    .addColumn('stack', 'text', (column) => column.primaryKey())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('who', 'text', (column) => column.notNull())
    .addColumn('operation', 'text', (column) => column.notNull())
    .addColumn('info', 'text', (column) => column.notNull())
    .addColumn('run', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())

const keys = (database: Database): Table =>
  database.schema
    .createTable('keys')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
