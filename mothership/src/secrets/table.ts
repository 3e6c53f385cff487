/** A key that people and tools sign in with. The secret itself is not kept. */
export interface KeyRecord {
  readonly id: string
  readonly name: string
  /** What `secretHash` made of the secret. */
  readonly hash: string
  readonly createdAt: number
}

/** Where API keys are kept. */
export interface KeyTable {
  insert(key: KeyRecord): Promise<void>
  get(id: string): Promise<KeyRecord | null>
  /** Oldest first. */
  list(): Promise<readonly KeyRecord[]>
  remove(id: string): Promise<void>
}
