import type { Phase, RunType } from '../../../protocol/job.ts'
import type { Stored } from '../../../protocol/report.ts'
import type { StopOrder } from '../../../protocol/worker.ts'
import type { StackSnapshot } from '../stacks/snapshot.ts'
import type { RunState, Standing } from './states.ts'

/** Texts of clients, as they came. What confirms a run is not part of what a retry repeats. */
export interface RunMetadata {
  readonly triggered: readonly string[]
  readonly confirmed: readonly string[]
}

/** A run as it is kept. Times are milliseconds since 1970. The snapshot of its stack is kept beside it. */
export interface RunRecord {
  readonly id: string
  readonly stack: string
  readonly pool: string
  readonly type: RunType
  readonly state: RunState
  /** What the state means: follows from it. */
  readonly standing: Standing
  /** Counts the changes of state from 0: names this stay in the state. */
  readonly stateVersion: number
  readonly title: string
  /** The command of a TASK. */
  readonly command: string | null
  /** A TASK without INITIALIZING. */
  readonly skipInitialization: boolean
  /** Applies a plan with changes without asking. */
  readonly autodeploy: boolean
  /** The commit of a git source, empty where none was named; and its branch. */
  readonly commit: string
  readonly branch: string
  readonly metadata: RunMetadata
  readonly triggeredBy: string
  readonly note: string | null
  readonly prioritized: boolean
  /** Follow from the type: see order.ts. */
  readonly rank: number
  readonly exclusive: boolean
  /** The job that paused and left its workspace for the next one. */
  readonly pausedJob: string | null
  readonly createdAt: number
  readonly updatedAt: number
}

/** One change of state. */
export interface TransitionRecord {
  readonly run: string
  readonly stateVersion: number
  readonly state: RunState
  readonly at: number
  readonly by: string | null
  readonly note: string | null
  /** The job that the state is part of. Its log from `logOffset` on is the state's log. */
  readonly job: string | null
  readonly worker: string | null
  readonly logOffset: number
}

/** How a job ended: by its worker's report, or taken from it (never started, lease over, stopped before the start). */
export type JobEnd = 'reported' | 'taken'

/** One stretch of a run on one worker. A run that goes to another worker gets another job, so a job's worker never changes. */
export interface JobRecord {
  readonly id: string
  readonly run: string
  readonly pool: string
  readonly worker: string
  /** 1, 2, 3 … for each run. */
  readonly attempt: number
  readonly phases: readonly Phase[]
  readonly pauses: boolean
  /** The job whose workspace this one goes on with. */
  readonly continues: string | null
  /** The one claim that was granted the start, and when. Null: nothing was ever started. */
  readonly claim: string | null
  readonly startedAt: number | null
  readonly stop: StopOrder | null
  /** Number of the last report that was heard. */
  readonly lastReport: number
  /** Bytes of the log that are held for certain: the object may be longer by a torn write. */
  readonly logLength: number
  readonly lostBytes: number
  /** Whether an object of a workspace may exist, and what is in it once it was stored. */
  readonly workspaceKept: boolean
  readonly workspace: Stored | null
  readonly createdAt: number
  readonly endedAt: number | null
  readonly end: JobEnd | null
}

/** Which runs, newest first. `before` is exclusive. */
export interface RunFilter {
  readonly stack?: string | undefined
  readonly types?: readonly RunType[] | undefined
  readonly before?: string | undefined
  readonly limit: number
}

/** Where runs are kept. Whoever changes one has read it in the same transaction. Lists of waiting runs are in the order of order.ts. */
export interface RunTable {
  insert(run: RunRecord, snapshot: StackSnapshot): Promise<void>
  get(id: string): Promise<RunRecord | null>
  /** The stack as it was when the run was made; null if there is no such run. */
  snapshot(id: string): Promise<StackSnapshot | null>
  update(id: string, changes: Partial<Omit<RunRecord, 'id'>>): Promise<void>
  list(filter: RunFilter): Promise<readonly RunRecord[]>
  addTransition(transition: TransitionRecord): Promise<void>
  /** Oldest first. */
  transitions(run: string): Promise<readonly TransitionRecord[]>
  /** Pools that have waiting runs. */
  poolsWaiting(): Promise<readonly string[]>
  firstWaiting(pool: string): Promise<RunRecord | null>
  waiting(pool: string): Promise<readonly RunRecord[]>
  countWaiting(pool: string): Promise<number>
  /** Runs of a pool that are with a worker, oldest first. */
  working(pool: string): Promise<readonly RunRecord[]>
  /** The run that holds a stack now. */
  holder(stack: string): Promise<RunRecord | null>
  firstQueued(stack: string): Promise<RunRecord | null>
  /** Whether a stack has a run that is not over. */
  anyUnfinished(stack: string): Promise<boolean>
}

/** Where jobs are kept. A live job is one that has not ended; a run and a worker have at most one each, and the database holds to that. */
export interface JobTable {
  insert(job: JobRecord): Promise<void>
  get(id: string): Promise<JobRecord | null>
  update(id: string, changes: Partial<Omit<JobRecord, 'id' | 'worker'>>): Promise<void>
  liveOfRun(run: string): Promise<JobRecord | null>
  liveOfWorker(worker: string): Promise<JobRecord | null>
  live(): Promise<readonly JobRecord[]>
  countOfRun(run: string): Promise<number>
  /** Jobs that may have left a workspace and whose run is over, at most `limit`. */
  withLeftWorkspace(limit: number): Promise<readonly JobRecord[]>
}
