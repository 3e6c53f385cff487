import type { ResultSchema } from './result-schema.ts'
import type { RunSchema } from './run-schema.ts'

/** Times are milliseconds since 1970, flags are 0 or 1, lists and records are JSON texts, sealed values are `secrets/` envelopes. */
export interface Schema extends RunSchema, ResultSchema {
  pools: PoolRow
  stacks: StackRow
  sources: SourceRow
  source_holders: SourceHolderRow
  state_versions: StateVersionRow
  state_locks: StateLockRow
  keys: KeyRow
}

export interface PoolRow {
  id: string
  name: string
  description: string | null
  labels: string
  space: string
  drift_detection_run_limit: number | null
  certificate: string
  fingerprint: string
  certificate_expires_at: number
  created_at: number
  updated_at: number
}

export interface StackRow {
  id: string
  pool: string | null
  snapshot: string
  created_at: number
  updated_at: number
}

export interface SourceRow {
  id: string
  length: number
  sha256: string
  created_at: number
}

export interface SourceHolderRow {
  source: string
  kind: 'stack' | 'run'
  holder: string
}

export interface StateVersionRow {
  id: string
  stack: string
  sequence: number
  serial: number
  lineage: string
  origin: 'written' | 'pushed' | 'rolled-back' | 'rescued' | 'beside'
  run: string | null
  length: number
  md5: string
  created_at: number
}

export interface StateLockRow {
  stack: string
  id: string
  who: string
  operation: string
  info: string
  run: string | null
  created_at: number
}

export interface KeyRow {
  id: string
  name: string
  hash: string
  created_at: number
}
