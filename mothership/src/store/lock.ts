import { DatabaseSync } from 'node:sqlite'
import { CannotStart } from '../base/cannot-start.ts'

/**
 * Makes sure that one process alone works on a data directory, for as long as this is held. It is a file lock of the operating system, taken
 * by way of SQLite because Node has no call for one: it is gone with the process however that ends, and holds between containers that share
 * a volume. A file with a process id in it would do neither.
 */
export class Lock implements Disposable {
  readonly #database: DatabaseSync

  /** `path`: a file of its own, made if it is not there. Throws CannotStart if another process holds it. */
  constructor(path: string) {
    this.#database = new DatabaseSync(path, { timeout: 0 })
    try {
      this.#database.exec('BEGIN EXCLUSIVE')
    } catch (error) {
      this.#database.close()
      if (!isBusy(error)) throw error
      throw new CannotStart(
        `another mothership is at work in this directory (it holds ${path}): end it, or choose another by --data`,
        { cause: error },
      )
    }
  }

  [Symbol.dispose](): void {
    this.#database.close()
  }
}

/** SQLITE_BUSY (https://www.sqlite.org/rescode.html#busy). */
function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === 5
}
