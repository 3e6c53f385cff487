import type { LogBytes } from './control.ts'

/** What the script said, and the byte of the log at which it said it. */
export interface Mark {
  readonly text: string
  readonly offset: number
}

/** Takes a mark. */
export type Heard = (mark: Mark) => void

/**
 * A job's log on its way out: masked, in order, and counted from the first byte of the job.
 * - Writing waits while the far end is slow, and so slows the container down.
 * - Nothing here fails a run: what cannot be kept is counted in `lostBytes`. A call rejects only after `signal` of the
 *   parts was aborted.
 */
export interface JobLog {
  /** A line of the launcher's own; it begins on a line of its own and gets the run's prefix. */
  line(text: string): Promise<void>
  /** Output of the container. Marks are not part of the log: each is told before anything that follows it is written. */
  output(chunk: Uint8Array, heard: Heard): Promise<void>
  /** These must not be readable from here on either. Called when a mark is heard: what follows it is masked. */
  mask(secrets: readonly string[]): void
  /** The container will say nothing more: whatever was held back for masking is written. */
  endOutput(heard: Heard): Promise<void>
  /**
   * Some output was lost: what was held back is written, and what comes now has no part in it. `noted` is told how many bytes the log has then, all of
   * which the far end holds, before anything more is written.
   */
  breakOff(heard: Heard, noted: (length: number) => Promise<void>): Promise<void>
  /** Bytes of the log so far. */
  readonly length: number
  readonly lostBytes: number
  /** What the far end does not hold yet, as it is now: at most some 9 MiB. */
  unsent(): LogBytes
  /** Resolves when the far end holds everything. */
  flush(): Promise<void>
}

/** A line of the launcher's own in a log, masked, and the byte at which it stands. */
export interface OwnLine {
  readonly offset: number
  readonly text: string
}

export interface JobLogParts {
  readonly run: string
  /** Null: not known any more. */
  readonly stack: string | null
  /** The random word of this job's marks. */
  readonly word: string
  /** What must not be readable in the log. */
  readonly secrets: readonly string[]
  /** Whether secrets that can be known by their form are masked, too; missing: no. */
  readonly wellKnown?: boolean
  /** The byte at which the log begins, or goes on. */
  readonly offset: number
  /**
   * The log is made again from `offset` on, because another launcher was at it: how many bytes the far end holds, which are not sent again, and the lines which
   * that launcher put in. New lines stand behind all of these. Null: it is not.
   */
  readonly again: { readonly held: number; readonly lines: readonly OwnLine[] } | null
  /** Told of each new line of the launcher's own before any of it is sent. */
  readonly noted: (line: OwnLine) => void
  /** Ends all of it: what is not sent then is lost. */
  readonly signal: AbortSignal
  /** Appends a range, and answers how many bytes are held afterwards. */
  readonly send: (range: LogBytes, signal: AbortSignal) => Promise<number>
}

/**
 * Opens a job's log. Given to the conductor by `launcher.ts`, because how bytes are masked and shipped is not a run's
 * business.
 */
export type OpenLog = (parts: JobLogParts) => JobLog
