import type { Readable } from 'node:stream'
import type { Job } from '../../../protocol/job.ts'
import type { LogRange } from '../../../protocol/log-range.ts'
import type { Report, Stored } from '../../../protocol/report.ts'
import type { Goodbye, Heartbeat, Orders, Registered, Registration } from '../../../protocol/worker.ts'

/** Who calls: proven by the certificate (pool) and the session secret (worker) before anything else is looked at. */
export interface Caller {
  readonly pool: string
  readonly worker: string
}

/** Finds the pool that a client certificate belongs to now: a replaced certificate, or a deleted pool's, is nobody's. */
export interface PoolGate {
  /** `fingerprint`: lower-case hex SHA-256 of the certificate's DER. Null: refuse. */
  poolOf(fingerprint: string): Promise<string | null>
}

/** What the launchers' API needs of `workers/`. Every method rejects with a Refusal and nothing else but bugs. */
export interface WorkerService {
  register(pool: string, registration: Registration): Promise<Registered>
  /** Whether this session is that worker's, in that pool. Constant time in the secret. */
  authenticate(caller: Caller, session: string): Promise<boolean>
  heartbeat(caller: Caller, heartbeat: Heartbeat): Promise<Orders>
  orders(caller: Caller): Promise<Orders>
  goodbye(caller: Caller, goodbye: Goodbye): Promise<void>
  /** The broker's last will: the connection broke. The lease goes on; no new job until the next heartbeat. */
  crashed(caller: Caller): Promise<void>
  /** It asks for rings: one whose connection had broken is there again. */
  returned(caller: Caller): Promise<void>
  /** It stopped asking for rings at `since`: crashed, if it was not heard since. */
  lost(caller: Caller, since: number): Promise<void>
}

/** What the launchers' API needs of `runs/`: everything about one job of the caller. `job-lost` if it is not the caller's. */
export interface JobService {
  document(caller: Caller, job: string): Promise<Job>
  start(caller: Caller, job: string, claim: string): Promise<void>
  report(caller: Caller, job: string, report: Report): Promise<void>
  logHeld(caller: Caller, job: string): Promise<number>
  /** Appends and answers the length that is held. The bytes were already checked against the digest. */
  appendLog(caller: Caller, job: string, piece: LogPiece): Promise<number>
  source(caller: Caller, job: string): Promise<Download>
  workspace(caller: Caller, job: string): Promise<Download>
  storeWorkspace(caller: Caller, job: string, content: Readable): Promise<Stored>
  storeErroredState(caller: Caller, job: string, content: Readable): Promise<Stored>
  storeResults(caller: Caller, job: string, content: Readable): Promise<Stored>
}

export interface LogPiece {
  readonly range: LogRange
  readonly bytes: Uint8Array
}

export interface Download {
  readonly length: number
  readonly content: Readable
}

/** Tells a worker that its orders changed: by a message, or by the answer to a question that is held. Losing it costs time only. */
export interface Bell {
  ring(worker: Caller, job?: string): void
}
