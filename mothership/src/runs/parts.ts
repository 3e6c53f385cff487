import type { Readable } from 'node:stream'
import type { JobState } from '../../../protocol/job.ts'
import type { Stored } from '../../../protocol/report.ts'
import type { Results } from '../../../protocol/results.ts'
import type { Bell } from '../api/services.ts'
import type { Clock } from '../base/clock.ts'
import type { Objects } from '../objects/objects.ts'
import type { OpenStack, StackSnapshot } from '../stacks/snapshot.ts'
import type { Tables } from '../store/store.ts'
import type { Records } from '../workers/parts.ts'
import type { Pulse } from '../workers/pulse.ts'
import type { JobRecord, RunRecord } from './table.ts'

/** Opens a stack's sealed values. Throws if they do not open. */
export type OpenSnapshot = (snapshot: StackSnapshot) => OpenStack

/**
 * How a run's container reaches the state of its stack: address and password are good for this run and stack only.
 * `at`: when its job was made, in milliseconds since 1970; the same gives the same.
 */
export type StateAccess = (stack: string, run: string, at: number) => Omit<JobState, 'insist'>

/** Makes the token by which a job proves to clouds whose it is; the same job has the same token. */
export type ProveIdentity = (run: RunRecord, job: JobRecord, stack: OpenStack) => string

/** Uploaded sources: null if there is none of this id. */
export interface SourceArchives {
  read(id: string): Promise<Readable | null>
}

/** Keeps a state that a tool could not save itself. */
export interface StateRescue {
  rescue(stack: string, run: string, content: Readable): Promise<Stored>
}

/** Keeps what jobs found and made. */
export interface ResultKeeper {
  keep(tables: Tables, about: ResultsOf, results: Results): Promise<void>
}

/** Whose results they are, and what is to be taken of them. */
export interface ResultsOf {
  readonly run: string
  readonly stack: string
  /** Whether the job could change the stack's outputs. */
  readonly changes: boolean
  /** Whether the stack lets sensitive outputs be kept. */
  readonly sensitive: boolean
}

/** What everything about runs is built from. */
export interface RunParts {
  readonly store: Records
  readonly clock: Clock
  readonly bell: Bell
  readonly pulse: Pulse
  /** A new ULID, greater than every earlier one. */
  readonly newId: () => string
  /** Tells the operator of something that failed beside a request, and that the next sweep does again. */
  readonly warn: (error: unknown, what: string) => void
}

/** What the jobs need beyond that. */
export interface JobParts extends RunParts {
  readonly objects: Objects
  readonly openSnapshot: OpenSnapshot
  readonly stateAccess: StateAccess
  readonly proveIdentity: ProveIdentity
  /** What this mothership is called. */
  readonly account: string
  readonly sources: SourceArchives
  readonly states: StateRescue
  readonly results: ResultKeeper
}
