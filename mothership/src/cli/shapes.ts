/*
 * What commands select, and so what they print with `--json`: the names and types of the GraphQL schema, times as Unix seconds.
 * These shapes are a promise to scripts: fields are added, never renamed or removed.
 */

/** `pool list` (an array), `pool show`, `create`, `update`, `reset`, `delete` (an object). */
export interface Pool {
  readonly id: string
  readonly name: string
  readonly description: string | null
  readonly labels: readonly string[]
  readonly workersCount: number
  readonly busyWorkers: number
  readonly pendingRuns: number
  readonly driftDetectionRunLimit: number | null
  readonly certificateExpiresAt: number
  readonly createdAt: number
  readonly updatedAt: number
}
export const poolFields =
  'id name description labels workersCount busyWorkers pendingRuns driftDetectionRunLimit certificateExpiresAt createdAt updatedAt'

/** `worker list` (an array), `worker drain`, `undrain` (an object). `pool` is the pool's id. */
export interface Worker {
  readonly id: string
  readonly pool: string
  readonly status: 'IDLE' | 'BUSY' | 'DRAINED'
  readonly busy: boolean
  readonly drained: boolean
  readonly job: string | null
  readonly metadata: Readonly<Record<string, string>>
  readonly createdAt: number
  readonly seenAt: number
  readonly availableAt: number | null
}
export const workerFields = 'id status busy drained job metadata createdAt seenAt availableAt'

/** `stack list` (an array), `stack apply`, `show`, `delete` (an object). The value of a secret variable is null. */
export interface Stack {
  readonly id: string
  readonly name: string
  readonly description: string | null
  readonly labels: readonly string[]
  readonly state: string
  readonly stateSetAt: number | null
  readonly autodeploy: boolean
  readonly managesStateFile: boolean
  readonly projectRoot: string | null
  readonly runnerImage: string | null
  readonly tool: { readonly name: string; readonly version: string | null }
  readonly source: {
    readonly kind: string
    readonly url: string | null
    readonly ref: string | null
    readonly uploadedAt: number | null
  }
  readonly workerPool: { readonly id: string; readonly name: string } | null
  readonly blocker: { readonly id: string } | null
  readonly config: readonly { readonly id: string; readonly value: string | null; readonly writeOnly: boolean }[]
  readonly createdAt: number
  readonly updatedAt: number
}
export const stackFields = `id name description labels state stateSetAt autodeploy managesStateFile projectRoot runnerImage
  tool { name version } source { kind url ref uploadedAt } workerPool { id name } blocker { id }
  config { id value writeOnly } createdAt updatedAt`

/** `run list` (an array), `run trigger`, `task`, `run confirm` and its like (an object). `stack` is the stack's id. */
export interface Run {
  readonly id: string
  readonly stack: string
  readonly type: string
  readonly state: string
  readonly title: string
  readonly command: string | null
  readonly note: string | null
  readonly finished: boolean
  readonly prioritized: boolean
  readonly triggeredBy: string | null
  /** What the plan does to resources; null without one. */
  readonly delta: { readonly addCount: number; readonly changeCount: number; readonly deleteCount: number } | null
  readonly createdAt: number
  readonly updatedAt: number
}
export const runFields = `id type state title command note finished prioritized triggeredBy
  delta { addCount changeCount deleteCount } createdAt updatedAt stackId`

/** `run changes` (an array). */
export interface RunChangeRow {
  readonly action: string
  readonly address: string
  readonly previousAddress: string | null
  readonly type: string
}

/** `run inputs` (an array). */
export interface PlanInput {
  readonly key: string
  readonly content: string
}

/** `stack outputs` (an array): a text as it is, everything else as JSON; null if it is not to be had. */
export interface Output {
  readonly id: string
  readonly sensitive: boolean
  readonly value: string | null
  readonly run: string
  readonly updatedAt: number
}

/** `run show`: a run with `history`, an array of these, oldest first. */
export interface Transition {
  readonly state: string
  readonly stateVersion: number
  readonly timestamp: number
  readonly username: string | null
  readonly note: string | null
  readonly terminal: boolean
  readonly hasLogs: boolean
  readonly worker: string | null
}
export const transitionFields = 'state stateVersion timestamp username note terminal hasLogs worker'

/** `stack state list` (an array, newest first), `push`, `rollback` (an object). */
export interface StateVersion {
  readonly id: string
  readonly serial: number
  readonly lineage: string
  readonly run: string | null
  readonly createdAt: number
  readonly length: number
  readonly rescued: boolean
}
export const stateVersionFields = 'id serial lineage run createdAt length rescued'

/** `stack state unlock`: who held it, or null. */
export interface StateLock {
  readonly id: string
  readonly who: string
  readonly operation: string
  readonly run: string | null
  readonly at: number
}
export const stateLockFields = 'id who operation run at'

/** A run as GraphQL has it. */
export type RunAnswer = Omit<Run, 'stack'> & { readonly stackId: string }

/** A run as it is printed. */
export function runOf({ id, stackId, ...run }: RunAnswer): Run {
  return { id, stack: stackId, ...run }
}

/** A worker as GraphQL has it: metadata is JSON in a string, and its pool is where it was found. */
export type WorkerAnswer = Omit<Worker, 'metadata' | 'pool'> & { readonly metadata: string }

/** A worker as it is printed. */
export function workerOf({ id, metadata, ...worker }: WorkerAnswer, pool: string): Worker {
  return { id, pool, ...worker, metadata: JSON.parse(metadata) as Record<string, string> }
}
