/** Times are milliseconds since 1970, flags are 0 or 1, lists and records are JSON texts, sealed values are `secrets/` envelopes. */
export interface Schema {
  pools: PoolRow
}

export interface PoolRow {
  id: string
}
