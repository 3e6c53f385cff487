import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** A run's metadata becomes what it was triggered with and what it was confirmed with, in place of one text. */
export const runMetadata: Migration = {
  async up(database) {
    await sql`update runs set metadata = json_object('triggered', json_array(metadata), 'confirmed', json_array())
      where metadata is not null`.execute(database)
  },
}
