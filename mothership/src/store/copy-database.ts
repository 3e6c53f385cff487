import { DatabaseSync } from 'node:sqlite'

/**
 * Copies a database into a new file, as it is at one moment, also while a mothership works on it: the copy is one read of SQLite's, which
 * waits for nobody and stops nobody (https://www.sqlite.org/lang_vacuum.html#vacuuminto). Holds this process meanwhile. Throws SQLite's
 * error.
 */
export function copyDatabase(from: string, to: string): void {
  const database = new DatabaseSync(from, { timeout: 10_000 })
  try {
    database.prepare('VACUUM INTO ?').run(to)
  } finally {
    database.close()
  }
}
