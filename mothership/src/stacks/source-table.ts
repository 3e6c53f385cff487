/** An uploaded source: a gzip-compressed tar. `sha256` is lower-case hex, `length` counts bytes. */
export interface SourceRecord {
  readonly id: string
  readonly length: number
  readonly sha256: string
  readonly createdAt: number
}

/** Who needs a source: a stack by its id, or a run by its ULID. */
export interface SourceHolder {
  readonly kind: 'stack' | 'run'
  readonly id: string
}

/** Where uploaded sources are listed, and who still needs them. */
export interface SourceTable {
  insert(source: SourceRecord): Promise<void>
  get(id: string): Promise<SourceRecord | null>
  remove(id: string): Promise<void>
  /** Adds a holder; once more is the same. */
  hold(source: string, holder: SourceHolder): Promise<void>
  /** The holder needs none of its sources any more. */
  release(holder: SourceHolder): Promise<void>
  /** Sources made before a time that nobody holds, oldest first, at most `limit`. */
  unheld(before: number, limit: number): Promise<readonly SourceRecord[]>
}
