import type { RunType } from '../../../protocol/job.ts'

/** Who asks, as it is recorded with what they change: `api::<key id>`, or `run::<run id>`. */
export interface Person {
  readonly id: string
  readonly name: string
}

export interface PoolView {
  readonly id: string
  readonly name: string
  readonly description: string | null
  readonly labels: readonly string[]
  readonly space: string
  /** The token. Only in the answer to a create or reset; null afterwards, because it is made once and not kept. */
  readonly config: string | null
  readonly driftDetectionRunLimit: number | null
  /** Milliseconds, as all times of these views. */
  readonly certificateExpiresAt: number
  readonly createdAt: number
  readonly updatedAt: number
}

export interface WorkerView {
  readonly id: string
  readonly pool: string
  /** BUSY while it holds a job, DRAINED while it takes none, else IDLE. */
  readonly status: 'IDLE' | 'BUSY' | 'DRAINED'
  readonly busy: boolean
  readonly drained: boolean
  readonly metadata: Readonly<Record<string, string>>
  readonly job: string | null
  readonly createdAt: number
  readonly seenAt: number
  readonly availableAt: number | null
}

export interface NewPool {
  readonly name: string
  /** PEM, or base64 of PEM. */
  readonly certificateSigningRequest: string
  readonly description?: string | null | undefined
  readonly labels?: readonly string[] | undefined
  readonly space?: string | null | undefined
  readonly driftDetectionRunLimit?: number | null | undefined
}

export interface PoolAdministration {
  create(pool: NewPool, by: Person): Promise<PoolView>
  update(id: string, pool: Omit<NewPool, 'certificateSigningRequest'>, by: Person): Promise<PoolView>
  /** A new certificate; workers with the old one are refused from then on. */
  reset(id: string, certificateSigningRequest: string, by: Person): Promise<PoolView>
  /** Refused (`conflict`) while the pool has stacks. */
  remove(id: string, by: Person): Promise<PoolView>
  get(id: string): Promise<PoolView | null>
  list(): Promise<readonly PoolView[]>
}

export interface WorkerAdministration {
  /** Workers that are alive: heard from within their lease, or holding a job. */
  list(pool?: string): Promise<readonly WorkerView[]>
  /** Serialised with assignment: when this answers `busy: false` for a drained worker, it gets no job any more. Null: no such worker. */
  setDrained(pool: string, id: string, drained: boolean): Promise<WorkerView | null>
  /** Tells every worker of the pool to end its process. */
  cycle(pool: string, by: Person): Promise<void>
}

export interface StackVariable {
  readonly name: string
  /** Null for a secret: it is never given out. */
  readonly value: string | null
  readonly secret: boolean
  readonly checksum: string
}

export interface StackView {
  readonly id: string
  readonly name: string
  readonly description: string | null
  readonly labels: readonly string[]
  readonly space: string
  readonly pool: string | null
  readonly tool: { readonly name: string; readonly version: string | null; readonly playbook?: string }
  readonly image: string | null
  readonly projectRoot: string
  readonly autodeploy: boolean
  readonly managesState: boolean
  readonly sensitiveOutputs: boolean
  readonly maskWellKnown: boolean
  readonly source: {
    readonly kind: 'directory' | 'git' | 'none'
    readonly url: string | null
    readonly ref: string | null
    readonly uploadedAt: number | null
  }
  readonly hooks: Readonly<Record<string, readonly string[]>>
  readonly environment: readonly StackVariable[]
  readonly createdAt: number
  readonly updatedAt: number
}

export interface StackAdministration {
  /** Creates or replaces the stack that the YAML names. `source`: the sealed upload's id for a directory. All problems of the YAML are reported together. */
  apply(yaml: string, options: { readonly source?: string | undefined }, by: Person): Promise<StackView>
  get(id: string): Promise<StackView | null>
  list(): Promise<readonly StackView[]>
  /** Refused (`conflict`) while a run is not over. */
  remove(id: string, by: Person): Promise<StackView | null>
}

export interface TransitionView {
  readonly state: string
  readonly stateVersion: number
  readonly at: number
  readonly by: string | null
  readonly note: string | null
  readonly terminal: boolean
  readonly hasLogs: boolean
  /** The worker that the state belongs to, if one does. */
  readonly worker: string | null
}

export interface RunView {
  readonly id: string
  readonly stack: string
  readonly type: RunType
  readonly state: string
  readonly title: string
  readonly command: string | null
  readonly triggeredBy: string
  readonly createdAt: number
  readonly updatedAt: number
  readonly finished: boolean
  readonly note: string | null
  readonly prioritized: boolean
  readonly commit: { readonly hash: string; readonly message: string; readonly author: string; readonly branch: string }
}

export interface NewRun {
  readonly stack: string
  readonly type: RunType
  readonly command?: string | undefined
  readonly skipInitialization?: boolean | undefined
  readonly commit?: string | undefined
  /** Opaque texts of the client, kept with the run. */
  readonly metadata?: readonly string[] | undefined
}

export interface RunAdministration {
  trigger(run: NewRun, by: Person): Promise<RunView>
  /** `metadata`: opaque texts of the client, kept with the run behind those that it was triggered with. */
  confirm(
    stack: string,
    run: string,
    by: Person & { readonly metadata?: readonly string[] | undefined },
  ): Promise<RunView>
  discard(stack: string, run: string, by: Person): Promise<RunView>
  stop(stack: string, run: string, by: Person & { readonly note?: string | undefined }): Promise<RunView>
  kill(stack: string, run: string, by: Person & { readonly note?: string | undefined }): Promise<RunView>
  cancel(stack: string, run: string, by: Person): Promise<RunView>
  retry(stack: string, run: string, by: Person): Promise<RunView>
  prioritize(stack: string, run: string, prioritize: boolean): Promise<RunView>
  get(run: string): Promise<RunView | null>
  /** Newest first; `before` is exclusive. */
  list(filter: {
    readonly stack?: string | undefined
    readonly types?: readonly RunType[] | undefined
    readonly before?: string | undefined
    readonly limit: number
  }): Promise<readonly RunView[]>
  /** Newest first. */
  history(run: string): Promise<readonly TransitionView[]>
  /** Runs of a pool that can be given to a worker or are with one: those in progress first, then in the order in which they will go. */
  queue(pool: string): Promise<readonly RunView[]>
  /** Runs that wait for a worker of the pool (READY, CONFIRMED); none that is with one. */
  pending(pool: string): Promise<number>
  /** A piece of a state's log. `token` null: from its beginning. `bytes` may be cut anywhere; the token says how to go on. */
  log(run: string, state: { readonly state: string; readonly version: number }, token: string | null): Promise<LogView>
}

export interface LogView {
  readonly exists: boolean
  /** No byte can follow any more. */
  readonly finished: boolean
  /** More is there now. */
  readonly hasMore: boolean
  readonly text: string
  readonly nextToken: string
}

export type { StateAdministration, StateLockView, StateVersionView } from './state-services.ts'
