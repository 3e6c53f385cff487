import type { Report } from '../../../../protocol/report.ts'
import { Stop } from '../outcome.ts'
import type {
  ContainerRecord,
  JournalRecord,
  LineRecord,
  LogRecord,
  SignalRecord,
  StopRecord,
} from './journal-record.ts'

/** What a launcher that starts does about a job that its predecessor had in hand. */
export type Recovery =
  /**
   * Its container was never started: clean up, and it can be conducted again, under the claim that was asked with, if
   * one was.
   */
  | { readonly do: 'again' }
  /** Its container was started: go on with it, whatever has become of it. */
  | { readonly do: 'resume'; readonly container: ContainerRecord; readonly reports: readonly Report[] }
  /**
   * Its container was started, and the journal does not say enough to go on: end it, and report the run as failed.
   * `reports` are to be repeated first, because whether they were heard is not known.
   */
  | { readonly do: 'fail'; readonly reports: readonly Report[] }
  /** It ended and how is known: the reports, the last one included, are to be repeated. */
  | { readonly do: 'report'; readonly reports: readonly Report[] }
  /** Its end was heard: only what it left is to be removed. */
  | { readonly do: 'forget' }

/** Decides by what the journal says. Pure. */
export function decideRecovery(records: readonly JournalRecord[]): Recovery {
  const reports = reportsIn(records)
  const has = (kind: JournalRecord['kind']) => records.some((record) => record.kind === kind)
  if (has('reported')) return { do: 'forget' }
  if (reports.some((report) => report.kind === 'finished')) return { do: 'report', reports }
  if (!has('started')) return { do: 'again' }
  const container = containerIn(records)
  return container !== null && (has('log') || records[0]?.version !== 1)
    ? { do: 'resume', container, reports }
    : { do: 'fail', reports }
}

/** The reports that were made. */
export function reportsIn(records: readonly JournalRecord[]): readonly Report[] {
  return records.flatMap((record) => (record.kind === 'report' ? [record.report] : []))
}

/** The claim with which the start of the job was asked for. */
export function claimIn(records: readonly JournalRecord[]): string | null {
  return records.find((record) => record.kind === 'claim')?.claim ?? null
}

/** The job's container, if the journal came so far. */
export function containerIn(records: readonly JournalRecord[]): ContainerRecord | null {
  return records.findLast((record) => record.kind === 'container') ?? null
}

/** The job's run, if the journal came so far. */
export function runIn(records: readonly JournalRecord[]): string | null {
  return records.find((record) => record.kind === 'workspace')?.run ?? null
}

/** When the job was taken. */
export function acceptedIn(records: readonly JournalRecord[]): number | null {
  return records.find((record) => record.kind === 'accepted')?.at ?? null
}

/** What a log is made again from. */
export interface WrittenLog {
  readonly begins: Pick<LogRecord, 'offset' | 'since'>
  /** The launcher's own lines from there on, in order. */
  readonly lines: readonly LineRecord[]
}

/** Where the log begins that a successor can make again, and what the launcher put into it. */
export function logIn(records: readonly JournalRecord[]): WrittenLog {
  const at = records.findLastIndex((record) => record.kind === 'log')
  const begins = records[at]
  const lines = records.slice(at + 1).filter((record) => record.kind === 'line')
  return { begins: begins?.kind === 'log' ? begins : { offset: 0, since: null }, lines }
}

/** The ending that had begun. */
export interface BegunEnding {
  readonly stop: Stop
  readonly sent: readonly SignalRecord[]
}

/** How far the ending of the container had come; null: it was not being ended. */
export function endingIn(records: readonly JournalRecord[]): BegunEnding | null {
  const record = records.find((each): each is StopRecord => each.kind === 'stop')
  if (!record) return null
  const details = { ...(record.by !== null && { by: record.by }), ...(record.note !== null && { note: record.note }) }
  const sent = records.filter((each) => each.kind === 'signal')
  return { stop: new Stop(record.cause, details), sent }
}
