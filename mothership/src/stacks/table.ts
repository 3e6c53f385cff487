import type { StackSnapshot } from './snapshot.ts'

/** A stack as it is kept: its definition with every secret sealed, and where it runs. Times are milliseconds since 1970. */
export interface StackRecord {
  readonly id: string
  /** The pool's id, or null: its runs wait until it has one. */
  readonly pool: string | null
  readonly snapshot: StackSnapshot
  readonly createdAt: number
  readonly updatedAt: number
}

/** Where stacks are kept. */
export interface StackTable {
  insert(stack: StackRecord): Promise<void>
  /** Replaces the stack of the same id. */
  replace(stack: StackRecord): Promise<void>
  remove(id: string): Promise<void>
  get(id: string): Promise<StackRecord | null>
  /** In the order of their ids. */
  list(): Promise<readonly StackRecord[]>
  /** The ids of the stacks that run in a pool. */
  inPool(pool: string): Promise<readonly string[]>
}
