import { isUlid } from '../../../../protocol/ids.ts'
import { checkReport, type Report } from '../../../../protocol/report.ts'
import { endSignals, type EndSignal } from '../engine.ts'
import { isStopCause, type StopCause } from '../outcome.ts'
import type { LeftState } from '../rescue.ts'

/** The version of what is written here. Version 1 had no lines, so its logs cannot be made again. */
export const journalVersion = 2

/** Versions that are understood. */
type Version = 1 | 2

/** What a job's journal says, in this order; lines, stops and signals stand among the rest as they come. */
export type JournalRecord =
  /** The job is taken: nothing of it exists yet. */
  | { readonly version: Version; readonly kind: 'accepted'; readonly at: number }
  /** Its directories are about to be made. */
  | { readonly version: Version; readonly kind: 'workspace'; readonly run: string }
  /** The start is about to be asked for, under this claim. */
  | { readonly version: Version; readonly kind: 'claim'; readonly claim: string }
  | ContainerRecord
  /** The container is about to be started: from here on nobody may start the job again. */
  | { readonly version: Version; readonly kind: 'started' }
  | LogRecord
  | LineRecord
  | StopRecord
  | SignalRecord
  /** A report is about to be sent; the `finished` one says how the job ended. */
  | { readonly version: Version; readonly kind: 'report'; readonly report: Report }
  /** The finished report was heard. */
  | { readonly version: Version; readonly kind: 'reported' }

/** A record as it is written: the version is the journal's to say. */
export type JournalEntry = WithoutVersion<JournalRecord>
type WithoutVersion<R> = R extends JournalRecord ? Omit<R, 'version'> : never

/** The log begins, or begins anew, at this byte: what went before is not made again. */
export interface LogRecord {
  readonly version: Version
  readonly kind: 'log'
  readonly offset: number
  /** Set if the container's output goes on here: the part of it that the daemon noted after this moment, and how far the script was. */
  readonly since: LogSince | null
}

/** Where in a container's output a log goes on. */
export interface LogSince {
  /** The daemon's clock, in milliseconds since 1970. */
  readonly at: number
  /** What the script had said until then. */
  readonly marks: readonly string[]
}

/** A line of the launcher's own is about to be put into the log, at this byte. It is masked. */
export interface LineRecord {
  readonly version: Version
  readonly kind: 'line'
  readonly offset: number
  readonly text: string
}

/** The container is about to be ended, before the script said that it ended. */
export interface StopRecord {
  readonly version: Version
  readonly kind: 'stop'
  readonly cause: StopCause
  readonly by: string | null
  readonly note: string | null
}

/** A signal of the ladder is about to be sent. */
export interface SignalRecord {
  readonly version: Version
  readonly kind: 'signal'
  readonly name: EndSignal
  readonly at: number
}

/** The container exists. */
export interface ContainerRecord {
  readonly version: Version
  readonly kind: 'container'
  readonly id: string
  /** Begins the marks in its output. */
  readonly word: string
  /** The file in which the tool leaves a state that it cannot deliver, as it was before the container ran. */
  readonly state: LeftState | null
}

type Fields = Readonly<Record<string, unknown>>

const shapes: Readonly<Record<JournalRecord['kind'], (fields: Fields) => boolean>> = {
  accepted: (fields) => typeof fields['at'] === 'number',
  workspace: (fields) => isId(fields['run']),
  claim: (fields) => isId(fields['claim']),
  container: (fields) =>
    typeof fields['id'] === 'string' && typeof fields['word'] === 'string' && isLeft(fields['state']),
  started: () => true,
  log: (fields) => isCount(fields['offset']) && isSince(fields['since']),
  line: (fields) => isCount(fields['offset']) && typeof fields['text'] === 'string',
  stop: (fields) => isStopCause(fields['cause']) && isWord(fields['by']) && isWord(fields['note']),
  signal: (fields) => endSignals.some((name) => name === fields['name']) && typeof fields['at'] === 'number',
  report: (fields) => checkReport(fields['report']).ok,
  reported: () => true,
}

function isId(value: unknown): boolean {
  return typeof value === 'string' && isUlid(value)
}

function isLeft(value: unknown): boolean {
  return value === null || (typeof value === 'object' && typeof (value as Fields)['path'] === 'string')
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function isWord(value: unknown): boolean {
  return value === null || typeof value === 'string'
}

function isSince(value: unknown): boolean {
  if (value === null) return true
  if (typeof value !== 'object') return false
  const { at, marks } = value as Fields
  return typeof at === 'number' && Array.isArray(marks) && marks.every((mark) => typeof mark === 'string')
}

/** What a journal's text holds. */
export interface Records {
  /** The records before the first line that is not good. */
  readonly records: readonly JournalRecord[]
  /** Bytes of the text up to there. */
  readonly goodBytes: number
  /**
   * A line is not a record. The last line does not count if it has no end: a fall in the middle of a write leaves that,
   * and a record that was not written to its end is one that nothing was done after.
   */
  readonly corrupt: boolean
}

/** Reads a journal. Total. */
export function decodeRecords(text: string): Records {
  const records: JournalRecord[] = []
  let goodBytes = 0
  for (const line of text.split('\n').slice(0, -1)) {
    const record = decodeRecord(line)
    if (record === null) return { records, goodBytes, corrupt: true }
    records.push(record)
    goodBytes += Buffer.byteLength(line) + 1
  }
  return { records, goodBytes, corrupt: false }
}

function decodeRecord(line: string): JournalRecord | null {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return null
  }
  if (typeof value !== 'object' || value === null) return null
  const fields = value as Fields
  const kind = fields['kind']
  const version = fields['version']
  const known = (version === 1 || version === journalVersion) && typeof kind === 'string' && Object.hasOwn(shapes, kind)
  return known && shapes[kind as JournalRecord['kind']](fields) ? (value as JournalRecord) : null
}
