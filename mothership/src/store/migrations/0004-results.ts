import type { Migration } from 'kysely/migration'

/** What runs found and made: plans, inputs of plan policies, outputs of stacks. */
export const results: Migration = {
  async up(database) {
    await database.schema
      .createTable('run_plans')
      .addColumn('run', 'text', (column) => column.primaryKey().references('runs.id'))
      .addColumn('add', 'integer', (column) => column.notNull())
      .addColumn('change', 'integer', (column) => column.notNull())
      .addColumn('destroy', 'integer', (column) => column.notNull())
      .addColumn('imported', 'integer', (column) => column.notNull())
      .addColumn('forget', 'integer', (column) => column.notNull())
      .addColumn('resources', 'integer', (column) => column.notNull())
      .addColumn('changes', 'text', (column) => column.notNull())
      .execute()
    await database.schema
      .createTable('plan_inputs')
      .addColumn('run', 'text', (column) => column.notNull().references('runs.id'))
      .addColumn('key', 'text', (column) => column.notNull())
      .addColumn('content', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('plan_inputs_key', ['run', 'key'])
      .execute()
    await database.schema
      .createTable('stack_outputs')
      .addColumn('stack', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('sensitive', 'integer', (column) => column.notNull())
      .addColumn('value', 'text')
      .addColumn('run', 'text', (column) => column.notNull())
      .addColumn('updated_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('stack_outputs_key', ['stack', 'name'])
      .execute()
  },
}
