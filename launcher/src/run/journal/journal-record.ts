import { isUlid } from '../../../../protocol/ids.ts'
import { checkReport, type Report } from '../../../../protocol/report.ts'
import type { LeftState } from '../rescue.ts'

/** What a job's journal says, in this order. */
export type JournalRecord =
  /** The job is taken: nothing of it exists yet. */
  | { readonly version: 1; readonly kind: 'accepted'; readonly at: number }
  /** Its directories are about to be made. */
  | { readonly version: 1; readonly kind: 'workspace'; readonly run: string }
  /** The start is about to be asked for, under this claim. */
  | { readonly version: 1; readonly kind: 'claim'; readonly claim: string }
  | ContainerRecord
  /** The container is about to be started: from here on nobody may start the job again. */
  | { readonly version: 1; readonly kind: 'started' }
  /** A report is about to be sent; the `finished` one says how the job ended. */
  | { readonly version: 1; readonly kind: 'report'; readonly report: Report }
  /** The finished report was heard. */
  | { readonly version: 1; readonly kind: 'reported' }

/** The container exists. */
export interface ContainerRecord {
  readonly version: 1
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
  report: (fields) => checkReport(fields['report']).ok,
  reported: () => true,
}

function isId(value: unknown): boolean {
  return typeof value === 'string' && isUlid(value)
}

function isLeft(value: unknown): boolean {
  return value === null || (typeof value === 'object' && typeof (value as Fields)['path'] === 'string')
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
  const known = fields['version'] === 1 && typeof kind === 'string' && Object.hasOwn(shapes, kind)
  return known && shapes[kind as JournalRecord['kind']](fields) ? (value as JournalRecord) : null
}
