/** A pool as it is kept. Times are milliseconds since 1970. */
export interface PoolRecord {
  readonly id: string
  readonly name: string
  readonly description: string | null
  readonly labels: readonly string[]
  readonly space: string
  readonly driftDetectionRunLimit: number | null
  /** The client certificate that its workers present now, PEM. */
  readonly certificate: string
  /** Lower-case hex SHA-256 of that certificate's DER: who presents another one is nobody. */
  readonly fingerprint: string
  readonly certificateExpiresAt: number
  readonly createdAt: number
  readonly updatedAt: number
}

/** Where pools are kept. Names and fingerprints are unique; whoever inserts or replaces has looked first, in the same transaction. */
export interface PoolTable {
  insert(pool: PoolRecord): Promise<void>
  /** Replaces the pool of the same id. */
  replace(pool: PoolRecord): Promise<void>
  remove(id: string): Promise<void>
  get(id: string): Promise<PoolRecord | null>
  named(name: string): Promise<PoolRecord | null>
  /** The id of the pool whose certificate has this fingerprint. */
  idOf(fingerprint: string): Promise<string | null>
  /** In the order of their names. */
  list(): Promise<readonly PoolRecord[]>
}
