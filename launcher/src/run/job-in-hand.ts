import type { KeyObject } from 'node:crypto'
import type { Job, ToolName } from '../../../protocol/job.ts'
import type { Report } from '../../../protocol/report.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { JobControl } from './control.ts'
import type { Ending } from './ending.ts'
import type { Engine } from './engine.ts'
import type { JobJournal } from './journal/job-journal.ts'
import type { ContainerRecord } from './journal/journal-record.ts'
import type { BegunEnding } from './journal/recovery.ts'
import type { JobLog, OpenLog } from './log.ts'
import type { Policy } from './policy.ts'
import type { Reports } from './reports.ts'
import type { RunSettings } from './run.ts'
import type { ReadRuntimeConfig } from './runtime-config.ts'
import type { Binaries, Tool } from './tool.ts'
import type { JobDirectories } from './workspace/directories.ts'

/** What jobs are conducted with. */
export interface ConductorParts {
  readonly engine: Engine
  readonly control: JobControl
  readonly binaries: Binaries
  readonly tools: ReadonlyMap<ToolName, Tool>
  /** The pool's. */
  readonly keys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject }
  readonly openLog: OpenLog
  /** The operator's; null or missing: every run may start. */
  readonly policy?: Policy | null
  /** Reads what a source says of its runs; missing: nothing is read. */
  readonly readRuntimeConfig?: ReadRuntimeConfig
  readonly clock: Clock
  readonly log: Logger
  readonly settings: RunSettings
}

/** A container that an earlier launcher started. */
export interface Started {
  readonly container: ContainerRecord
  /** What was reported of the job. */
  readonly reports: readonly Report[]
  /** How far the ending of the container had come; null: it was not being ended. */
  readonly ending: BegunEnding | null
  /** When the job was taken, in milliseconds since 1970; null: not known. */
  readonly acceptedAt: number | null
}

/** A job that this worker was given, before anything is known of it. */
export interface Assignment {
  readonly id: string
  readonly journal: JobJournal
  /** Set if an earlier launcher started the job's container: what is known of that. */
  readonly started: Started | null
  readonly ending: Ending
  /** Aborted when nothing is to be delivered any more: no log, no report. */
  readonly delivery: AbortController
  /** Aborted when the launcher must go or has a successor: what cannot be delivered soon is left in the journal. */
  readonly hurry: AbortSignal
  /** Tells `ending` and `delivery` if the job is lost. */
  readonly control: JobControl
  /** The operator's log, with the job bound. */
  readonly operator: Logger
}

/** The same job, with its document. */
export interface JobInHand extends Assignment {
  readonly job: Job
  readonly tool: Tool
  readonly directories: JobDirectories
  /** The run's own log. */
  readonly log: JobLog
  readonly reports: Reports
  /** The random word of its marks. */
  readonly word: string
}
