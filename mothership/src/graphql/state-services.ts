import type { Person } from './services.ts'

export interface StateVersionView {
  readonly id: string
  readonly serial: number
  readonly lineage: string
  readonly run: string | null
  readonly createdAt: number
  readonly length: number
  /** Delivered by the launcher after the tool could not. */
  readonly rescued: boolean
}

export interface StateLockView {
  readonly id: string
  readonly who: string
  readonly operation: string
  readonly run: string | null
  readonly at: number
}

export interface StateAdministration {
  versions(stack: string): Promise<readonly StateVersionView[]>
  lock(stack: string): Promise<StateLockView | null>
  read(stack: string, version?: string): Promise<string | null>
  /** Refused while locked, or if lineage or serial do not fit, unless forced. */
  push(stack: string, state: string, options: { readonly force: boolean }, by: Person): Promise<StateVersionView>
  /** Makes an old version the newest one again, under a new serial. */
  rollback(stack: string, version: string, by: Person): Promise<StateVersionView>
  /** Removes the lock whoever holds it; null if there was none. */
  unlock(stack: string, by: Person): Promise<StateLockView | null>
}
