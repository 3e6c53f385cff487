import type { Report } from '../../../../protocol/report.ts'
import type { ContainerRecord, JournalRecord } from './journal-record.ts'

/** What a launcher that starts does about a job that its predecessor had in hand. */
export type Recovery =
  /**
   * Its container was never started: clean up, and it can be conducted again, under the claim that was asked with, if
   * one was.
   */
  | { readonly do: 'again' }
  /**
   * Its container was started: remove it, and report the run as failed. (Attaching to the container again, if it still
   * runs, takes the place of this.) `reports` are to be repeated first, because whether they were heard is not known.
   */
  | { readonly do: 'fail'; readonly reports: readonly Report[] }
  /** It ended and how is known: the reports, the last one included, are to be repeated. */
  | { readonly do: 'report'; readonly reports: readonly Report[] }
  /** Its end was heard: only what it left is to be removed. */
  | { readonly do: 'forget' }

/** Decides by what the journal says. Pure. */
export function decideRecovery(records: readonly JournalRecord[]): Recovery {
  const reports = records.flatMap((record) => (record.kind === 'report' ? [record.report] : []))
  const has = (kind: JournalRecord['kind']) => records.some((record) => record.kind === kind)
  if (has('reported')) return { do: 'forget' }
  if (reports.some((report) => report.kind === 'finished')) return { do: 'report', reports }
  return has('started') ? { do: 'fail', reports } : { do: 'again' }
}

/** The claim with which the start of the job was asked for. */
export function claimIn(records: readonly JournalRecord[]): string | null {
  return records.find((record) => record.kind === 'claim')?.claim ?? null
}

/** The job's container, if the journal came so far. */
export function containerIn(records: readonly JournalRecord[]): ContainerRecord | null {
  return records.find((record) => record.kind === 'container') ?? null
}

/** The job's run, if the journal came so far. */
export function runIn(records: readonly JournalRecord[]): string | null {
  return records.find((record) => record.kind === 'workspace')?.run ?? null
}
