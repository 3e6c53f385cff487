import type { Records, JournalRecord } from './journal-record.ts'
import { decideRecovery, type Recovery } from './recovery.ts'

const next: Readonly<Record<Recovery['do'], string>> = {
  again: 'it was never started: the next launcher begins with it again',
  resume: 'its container was started: the next launcher goes on with it',
  fail: 'its container was started, and this journal does not say enough to go on: the next launcher ends it and reports that',
  report: 'it has ended: the next launcher delivers the reports',
  forget: 'its end was heard: the next launcher removes what is left',
}

/** A job's journal in words, a line each. Pure. */
export function journalInWords(job: string, { records, corrupt }: Records): string[] {
  return [
    `job ${job}: ${next[decideRecovery(records).do]}`,
    ...records.map((record) => `  ${inWords(record)}`),
    ...(corrupt ? ['  what follows is damaged, or of another version: it does not count'] : []),
  ]
}

type Words = { readonly [Kind in JournalRecord['kind']]: (record: Extract<JournalRecord, { kind: Kind }>) => string }

const words: Words = {
  accepted: ({ at }) => `${time(at)} taken`,
  workspace: ({ run }) => `its directories are made, for run ${run}`,
  claim: ({ claim }) => `the start is asked for, under claim ${claim}`,
  container: ({ id }) => `container ${id.slice(0, 12)} exists`,
  started: () => 'the container is started',
  log: ({ offset, since }) =>
    `the log is made again from byte ${offset}${since ? `, and the output from ${time(since.at)}: a daemon took what was before with it` : ''}`,
  line: ({ offset, text }) => `at byte ${offset} of the log: ${text}`,
  stop: ({ cause, by, note }) =>
    `it is ended: ${cause}${by === null ? '' : `, by ${by}`}${note === null ? '' : `, ${note}`}`,
  signal: ({ name, at }) => `${time(at)} ${name} is sent`,
  report: ({ report }) =>
    report.kind === 'phase'
      ? `${time(report.at)} report ${report.sequence}: ${report.phase} begins at byte ${report.logOffset} of the log`
      : `${time(report.at)} report ${report.sequence}: it ${report.outcome.result}${report.outcome.failure ? `, ${report.outcome.failure.code}` : ''}; ${report.logLength} bytes of log`,
  reported: () => 'its end was heard',
}

function inWords(record: JournalRecord): string {
  // The table has a function for each kind, which the compiler cannot follow through the look-up.
  return (words[record.kind] as (record: JournalRecord) => string)(record)
}

function time(ms: number): string {
  return new Date(ms).toISOString()
}
