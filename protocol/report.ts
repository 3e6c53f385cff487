import { Type, type Static } from 'typebox'
import { checker, checkerByKind, type Check } from './decoded.ts'
import { Sha256, Timestamp, Ulid } from './ids.ts'
import { phases } from './job.ts'

const ClaimSchema = Type.Object({
  /** Made by the launcher and written to its journal before the call, so that a repeated call is known as the same. */
  claim: Ulid,
})

/** `POST /v1/jobs/{job}/start`: the permission to start the job's container. Granted to one claim for ever. */
export type Claim = Static<typeof ClaimSchema>

/** Whose doing a failure was: the run's own, the worker's machine, the launcher, the control plane, or a person. */
export const faultOwners = ['run', 'host', 'launcher', 'control', 'person'] as const

const FailureSchema = Type.Object({
  /** A name from the launcher's closed list, such as `IMAGE_NOT_FOUND`. */
  code: Type.String({ pattern: '^[A-Z][A-Z0-9_]*$' }),
  fault: Type.Enum(faultOwners),
  /** One sentence for the owner of the run. */
  message: Type.String({ maxLength: 4096 }),
})

const OutcomeSchema = Type.Object({
  result: Type.Union([Type.Literal('succeeded'), Type.Literal('failed'), Type.Literal('stopped')]),
  /** What PLANNING found; null where there was none, or it did not end. */
  changes: Type.Union([Type.Null(), Type.Boolean()]),
  /** Exit code of the command that ended the job, if one did. */
  exitCode: Type.Union([Type.Null(), Type.Integer()]),
  /** Set unless the result is `succeeded`. */
  failure: Type.Union([Type.Null(), FailureSchema]),
  /** Set if the job paused: what `PUT /v1/jobs/{job}/workspace` stored. */
  workspace: Type.Union([Type.Null(), Type.Object({ length: Type.Integer({ minimum: 0 }), sha256: Sha256 })]),
})

/** How a job ended and whose doing it was. */
export type Outcome = Static<typeof OutcomeSchema>
export type Failure = Static<typeof FailureSchema>

const Sequence = Type.Integer({ minimum: 1 })

const PhaseReportSchema = Type.Object({
  kind: Type.Literal('phase'),
  /** 1, 2, 3 … for each job. A number that was heard before is answered as then and changes nothing. */
  sequence: Sequence,
  at: Timestamp,
  phase: Type.Enum(phases),
  /** The byte of the job's log at which the phase begins. */
  logOffset: Type.Integer({ minimum: 0 }),
})

const FinishedReportSchema = Type.Object({
  kind: Type.Literal('finished'),
  sequence: Sequence,
  at: Timestamp,
  outcome: OutcomeSchema,
  /** Length of the whole log in bytes. The mothership answers `409 log-incomplete` while it holds less. */
  logLength: Type.Integer({ minimum: 0 }),
  /** Bytes of output that could not be kept. */
  lostBytes: Type.Integer({ minimum: 0 }),
})

/** `POST /v1/jobs/{job}/reports`: a change of state. */
export type Report = Static<typeof PhaseReportSchema> | Static<typeof FinishedReportSchema>

const LogHeldSchema = Type.Object({ length: Type.Integer({ minimum: 0 }) })

/** How many bytes of a job's log the mothership holds: where the launcher goes on. */
export type LogHeld = Static<typeof LogHeldSchema>

const StoredSchema = Type.Object({ length: Type.Integer({ minimum: 0 }), sha256: Sha256 })

/** What an upload became. */
export type Stored = Static<typeof StoredSchema>

export const checkClaim = checker('claim', ClaimSchema)
export const checkReport: Check<Report> = checkerByKind<Report>('report', {
  phase: checker('report', PhaseReportSchema),
  finished: checker('report', FinishedReportSchema),
})
export const checkLogHeld = checker('log range answer', LogHeldSchema)
export const checkStored = checker('upload answer', StoredSchema)
