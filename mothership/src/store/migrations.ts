import type { Migration } from 'kysely/migration'
import { foundation } from './migrations/0001-foundation.ts'
import { runs } from './migrations/0002-runs.ts'
import { runMetadata } from './migrations/0003-run-metadata.ts'
import { results } from './migrations/0004-results.ts'

/** In order of their names. A migration that has been released is never changed. */
export const migrations: Record<string, Migration> = {
  '0001-foundation': foundation,
  '0002-runs': runs,
  '0003-run-metadata': runMetadata,
  '0004-results': results,
}
