import type { Readable } from 'node:stream'

/** What was stored. `sha256` is lower-case hex. */
export interface StoredObject {
  readonly length: number
  readonly sha256: string
}

/**
 * The seam to big things: logs, workspaces, sources, states. A key is made of segments `[A-Za-z0-9._-]+` joined by `/`, without `.` or
 * `..` as a segment; another key is a bug and rejects.
 * - `put` replaces the object as a whole, or, if it fails half-way, leaves what was there. It is durable when it resolves.
 * - `append` adds at exactly `offset`, which must be the present length (0: creates it), and answers the new length. Durable when it
 *   resolves. A torn write of a crash is cut off by the next `append` at a smaller offset than the file's length: the database
 *   knows the true length and passes it as `offset`. The caller has one `append` of a key under way at a time.
 * - `read` gives bytes from `start` (default 0) up to `end`, exclusive (default: the end as it is now); null if there is no such object.
 * - A full or broken disk rejects with the Refusal `unavailable`; the same call can succeed later.
 */
export interface Objects {
  put(key: string, content: Readable): Promise<StoredObject>
  append(key: string, offset: number, bytes: Uint8Array): Promise<number>
  read(key: string, range?: { readonly start?: number; readonly end?: number }): Promise<Readable | null>
  length(key: string): Promise<number | null>
  remove(key: string): Promise<void>
}
