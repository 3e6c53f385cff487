import type { Migration } from 'kysely/migration'

/** In order of their names. A migration that has been released is never changed. */
export const migrations: Record<string, Migration> = {
  '0001-pools': {
    up: (database) => database.schema.createTable('pools').addColumn('id', 'text', (column) => column.primaryKey()).execute(),
  },
}
