/**
 * Where a version of a state came from. `beside`: a rescued state that did not continue the newest version; it is kept and can be
 * rolled back to, and is never the newest.
 */
export type StateOrigin = 'written' | 'pushed' | 'rolled-back' | 'rescued' | 'beside'

/** One version of a stack's state. The content is an object under `id`. */
export interface StateVersionRecord {
  readonly id: string
  readonly stack: string
  /** 1, 2, 3 … for each stack: the order in which versions came. */
  readonly sequence: number
  readonly serial: number
  readonly lineage: string
  readonly origin: StateOrigin
  readonly run: string | null
  /** Bytes of the state. */
  readonly length: number
  /** Lower-case hex MD5 of the state: what the tool compares with. */
  readonly md5: string
  readonly createdAt: number
}

/** Who holds a stack's state. One lock a stack at most. */
export interface StateLockRecord {
  readonly stack: string
  /** The tool's own id of the lock. */
  readonly id: string
  readonly who: string
  readonly operation: string
  /** The lock as the tool sent it, JSON: it is given back to whoever finds the state locked. */
  readonly info: string
  readonly run: string | null
  readonly createdAt: number
}

/** Where states' versions and locks are listed. */
export interface StateTable {
  insert(version: StateVersionRecord): Promise<void>
  /** The version that is the state now. */
  newest(stack: string): Promise<StateVersionRecord | null>
  get(stack: string, id: string): Promise<StateVersionRecord | null>
  /** Newest first. */
  list(stack: string): Promise<readonly StateVersionRecord[]>
  /** The sequence number that the next version gets. */
  nextSequence(stack: string): Promise<number>
  remove(ids: readonly string[]): Promise<void>
  lock(stack: string): Promise<StateLockRecord | null>
  setLock(lock: StateLockRecord): Promise<void>
  removeLock(stack: string): Promise<void>
}
