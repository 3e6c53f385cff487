import type { Readable } from 'node:stream'
import type { Job } from '../../../protocol/job.ts'
import type { Report, Stored } from '../../../protocol/report.ts'

/**
 * What a run needs of the control plane. Every call may be repeated: the answer is the same and nothing happens twice.
 * - Each call is tried again with growing, jittered pauses for as long as an answer may still come (network, 429, 5xx), until its
 *   signal is aborted. It rejects with a LauncherError: JOB_LOST when the job is not this worker's any more, CONTROL_REFUSED
 *   when the answer is final.
 */
export interface JobControl {
  fetch(job: string, signal: AbortSignal): Promise<Job>
  /** Permission to start the container, granted to one claim for ever. Nothing may be started without it. */
  start(job: string, claim: string, signal: AbortSignal): Promise<void>
  report(job: string, report: Report, signal: AbortSignal): Promise<void>
  /** How many bytes of the log are held. */
  logHeld(job: string, signal: AbortSignal): Promise<number>
  /** Appends a range and answers how many bytes are held afterwards. */
  appendLog(job: string, range: LogBytes, signal: AbortSignal): Promise<number>
  /** The packed source, or the sealed workspace that the job continues. Not repeated once bytes have come. */
  download(job: string, what: 'source' | 'workspace', signal: AbortSignal): Promise<Readable>
  /** Stores what `open` gives; it is called once for each try. */
  upload(job: string, upload: Upload, signal: AbortSignal): Promise<Stored>
}

export interface LogBytes {
  readonly offset: number
  readonly bytes: Uint8Array
}

export interface Upload {
  readonly what: 'workspace' | 'errored-state' | 'results'
  readonly open: () => Readable
}
