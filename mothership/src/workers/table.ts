/**
 * Whether a worker can be reached: `here`; `away`, its connection broke and it has not been heard since; `silent`, its lease is over;
 * `left`, it said goodbye. Each but `left` ends with the next heartbeat.
 */
export type Presence = 'here' | 'away' | 'silent' | 'left'

/** A worker as it is kept. Times are milliseconds since 1970. When it was heard last is not here: see pulse.ts. */
export interface WorkerRecord {
  readonly id: string
  readonly pool: string
  /** Made once by each launcher process. */
  readonly instance: string
  /** Hashes of the session secrets that are good, the newest first. */
  readonly sessions: readonly string[]
  /** The launcher's version. */
  readonly version: string
  readonly metadata: Readonly<Record<string, string>>
  /** A person wants it to take no new job. */
  readonly drained: boolean
  /** It is stopping, and takes no new job itself. */
  readonly draining: boolean
  readonly presence: Presence
  /** Why it is to end its process, or null. */
  readonly leave: string | null
  /** Since when it has no job; null while it holds one. */
  readonly idleSince: number | null
  readonly createdAt: number
  readonly updatedAt: number
}

/** Where workers are kept. Whoever changes one has read it in the same transaction. */
export interface WorkerTable {
  insert(worker: WorkerRecord): Promise<void>
  get(id: string): Promise<WorkerRecord | null>
  ofInstance(pool: string, instance: string): Promise<WorkerRecord | null>
  update(id: string, changes: Partial<Omit<WorkerRecord, 'id' | 'pool'>>): Promise<void>
  /** Those that are neither silent nor gone, oldest first. */
  present(pool?: string): Promise<readonly WorkerRecord[]>
  /** Those that may get a job, the one that is idle longest first, at most `limit`. */
  free(pool: string, limit: number): Promise<readonly string[]>
  /** Removes silent and gone ones that hold no job and were not changed since `before`. */
  forget(before: number): Promise<void>
}
