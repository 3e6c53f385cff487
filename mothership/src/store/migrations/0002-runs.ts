import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Workers, runs and jobs. The partial unique indexes hold the invariants of `runs/assign.ts` whatever the program does. */
export const runs: Migration = {
  async up(database) {
    for (const step of [workers, runTable, snapshots, transitions, jobs]) await step(database).execute()
    for (const index of indexes(database)) await index.execute()
  },
}

type Database = Kysely<unknown>

const workers = (database: Database) =>
  database.schema
    .createTable('workers')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('pool', 'text', (column) => column.notNull())
    .addColumn('instance', 'text', (column) => column.notNull())
    .addColumn('sessions', 'text', (column) => column.notNull())
    .addColumn('version', 'text', (column) => column.notNull())
    .addColumn('metadata', 'text', (column) => column.notNull())
    .addColumn('drained', 'integer', (column) => column.notNull())
    .addColumn('draining', 'integer', (column) => column.notNull())
    .addColumn('presence', 'text', (column) => column.notNull())
    .addColumn('leave', 'text')
    .addColumn('idle_since', 'bigint')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())

const runTable = (database: Database) =>
  database.schema
    .createTable('runs')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('stack', 'text', (column) => column.notNull())
    .addColumn('pool', 'text', (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('standing', 'text', (column) => column.notNull())
    .addColumn('state_version', 'integer', (column) => column.notNull())
    .addColumn('title', 'text', (column) => column.notNull())
    .addColumn('command', 'text')
    .addColumn('skip_initialization', 'integer', (column) => column.notNull())
    .addColumn('autodeploy', 'integer', (column) => column.notNull())
    .addColumn('commit_hash', 'text', (column) => column.notNull())
    .addColumn('branch', 'text', (column) => column.notNull())
    .addColumn('metadata', 'text')
    .addColumn('triggered_by', 'text', (column) => column.notNull())
    .addColumn('note', 'text')
    .addColumn('prioritized', 'integer', (column) => column.notNull())
    .addColumn('rank', 'integer', (column) => column.notNull())
    .addColumn('exclusive', 'integer', (column) => column.notNull())
    .addColumn('paused_job', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())

const snapshots = (database: Database) =>
  database.schema
    .createTable('run_snapshots')
    .addColumn('run', 'text', (column) => column.primaryKey().references('runs.id'))
    .addColumn('snapshot', 'text', (column) => column.notNull())

const transitions = (database: Database) =>
  database.schema
    .createTable('transitions')
    .addColumn('run', 'text', (column) => column.notNull().references('runs.id'))
    .addColumn('state_version', 'integer', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('by', 'text')
    .addColumn('note', 'text')
    .addColumn('job', 'text')
    .addColumn('worker', 'text')
    .addColumn('log_offset', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('transitions_key', ['run', 'state_version'])

const jobs = (database: Database) =>
  database.schema
    .createTable('jobs')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('run', 'text', (column) => column.notNull().references('runs.id'))
    .addColumn('pool', 'text', (column) => column.notNull())
    .addColumn('worker', 'text', (column) => column.notNull())
    .addColumn('attempt', 'integer', (column) => column.notNull())
    .addColumn('phases', 'text', (column) => column.notNull())
    .addColumn('pauses', 'integer', (column) => column.notNull())
    .addColumn('continues', 'text')
    .addColumn('claim', 'text')
    .addColumn('started_at', 'bigint')
    .addColumn('stop', 'text')
    .addColumn('last_report', 'integer', (column) => column.notNull())
    .addColumn('log_length', 'bigint', (column) => column.notNull())
    .addColumn('lost_bytes', 'bigint', (column) => column.notNull())
    .addColumn('workspace_kept', 'integer', (column) => column.notNull())
    .addColumn('workspace', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('ended_at', 'bigint')
    .addColumn('end', 'text')
    .addUniqueConstraint('jobs_attempts', ['run', 'attempt'])

const indexes = (database: Database) => [
  database.schema.createIndex('workers_instance').unique().on('workers').columns(['pool', 'instance']),
  database.schema.createIndex('workers_idle').on('workers').columns(['pool', 'presence', 'idle_since']),
  database.schema.createIndex('runs_queue').on('runs').columns(['standing', 'pool', 'rank', 'created_at']),
  database.schema.createIndex('runs_newest').on('runs').columns(['stack', 'id']),
  database.schema.createIndex('runs_of_stack').on('runs').columns(['stack', 'standing']),
  database.schema
    .createIndex('runs_holder')
    .unique()
    .on('runs')
    .column('stack')
    .where(sql.ref('exclusive'), '=', 1)
    .where(sql.ref('standing'), 'in', ['waiting', 'working', 'paused']),
  database.schema.createIndex('jobs_live_run').unique().on('jobs').column('run').where(sql.ref('ended_at'), 'is', null),
  database.schema
    .createIndex('jobs_live_worker')
    .unique()
    .on('jobs')
    .column('worker')
    .where(sql.ref('ended_at'), 'is', null),
  database.schema.createIndex('jobs_workspace').on('jobs').column('run').where(sql.ref('workspace_kept'), '=', 1),
]
