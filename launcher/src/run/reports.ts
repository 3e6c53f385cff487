import type { Phase } from '../../../protocol/job.ts'
import type { Outcome, Report } from '../../../protocol/report.ts'
import type { Clock } from '../base/clock.ts'
import type { JobControl } from './control.ts'
import type { JobJournal } from './journal/job-journal.ts'

export interface ReportsParts {
  readonly job: string
  readonly control: Pick<JobControl, 'report'>
  readonly journal: Pick<JobJournal, 'note' | 'write'>
  readonly clock: Clock
  /** Ends the sending. */
  readonly signal: AbortSignal
  /** What a predecessor reported of the job, in order; missing: nothing. The same phases will begin again. */
  readonly earlier?: readonly Report[]
  /** A phase could not be reported for good, or a report not be journaled; the job goes on. */
  readonly failed: (error: unknown) => void
}

export type FinishedReport = Extract<Report, { kind: 'finished' }>

/** What a last report says of the log. */
export interface LogEnd {
  readonly length: number
  readonly lostBytes: number
}

/**
 * A job's reports: numbered, journaled and sent one after the other, while the job goes on. At most one for each phase,
 * and the last.
 */
export class Reports {
  readonly #parts: ReportsParts
  /** Those of a predecessor that were not repeated yet. */
  readonly #earlier: Report[]
  #sequence: number
  #sending: Promise<void> = Promise.resolve()
  /** Phases that are on their way, by the byte at which they begin. */
  readonly #begun = new Map<number, Promise<void>>()

  constructor(parts: ReportsParts) {
    this.#parts = parts
    this.#earlier = [...(parts.earlier ?? [])]
    this.#sequence = this.#earlier.at(-1)?.sequence ?? 0
  }

  /** Reports that a phase begins at a byte of the log. Nobody waits for it. What a predecessor reported is repeated as it was, for it may not have been heard. */
  phase(phase: Phase, logOffset: number): void {
    const earlier = this.#earlier.shift()
    if (earlier) return this.#pass(earlier, Promise.resolve())
    const report: Report = { kind: 'phase', sequence: ++this.#sequence, at: this.#parts.clock.now(), phase, logOffset }
    // Noted now, not when its turn comes: after a crash the reports in the journal must have no gap.
    const noted = this.#parts.journal.note({ kind: 'report', report }).catch(this.#parts.failed)
    this.#pass(report, noted)
  }

  /**
   * Resolves when every phase that begins before `end` was heard, or never will be. Log behind a phase's beginning is sent afterwards only:
   * whoever reads along would else be shown it as the phase before, and once more as its own.
   */
  async heardBefore(end: number): Promise<void> {
    for (const [offset, heard] of this.#begun) if (offset < end) await heard
  }

  /** The report of the end. When it is answered here it is in the journal, if the disk allows. `finish` sends it. */
  async ended(outcome: Outcome, log: LogEnd): Promise<FinishedReport> {
    const ends = { sequence: ++this.#sequence, at: this.#parts.clock.now() }
    const report = { kind: 'finished', ...ends, outcome, logLength: log.length, lostBytes: log.lostBytes } as const
    await this.#parts.journal.write({ kind: 'report', report }).catch(this.#parts.failed)
    return report
  }

  /** Sends the last report, after all others. Rejects as JobControl does. */
  async finish(report: FinishedReport, signal: AbortSignal): Promise<void> {
    for (const earlier of this.#earlier.splice(0)) this.#pass(earlier, Promise.resolve())
    await this.#sending
    await this.#parts.control.report(this.#parts.job, report, signal)
  }

  #pass(report: Report, noted: Promise<void>): void {
    this.#sending = this.#sending.then(() => this.#send(report, noted)).catch(this.#parts.failed)
    if (report.kind !== 'phase') return
    const heard = this.#sending.then(() => void this.#begun.delete(report.logOffset))
    this.#begun.set(report.logOffset, heard)
  }

  async #send(report: Report, noted: Promise<void>): Promise<void> {
    await noted
    await this.#parts.control.report(this.#parts.job, report, this.#parts.signal)
  }
}
