import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Job } from '../../protocol/job.ts'
import { decodeLogRange, judgeLogRange } from '../../protocol/log-range.ts'
import { checkClaim, checkReport, type Report, type Stored } from '../../protocol/report.ts'
import { parsed, Refused, type Reply } from './replies.ts'

/** What is held of a job. */
export interface HeldJob {
  readonly document: Job
  /** Null: taken away. */
  worker: string | null
  claim: string | null
  log: Buffer
  readonly reports: Report[]
  source: Buffer
  /** What the job continues, as it is downloaded; an upload takes its place. */
  workspace: Buffer | null
  erroredState: Buffer | null
}

export interface JobCall {
  readonly held: HeldJob
  readonly bytes: Buffer
  readonly headers: IncomingHttpHeaders
  /** The job's last report was heard. */
  readonly ended: () => void
}

const calls: Readonly<Record<string, (call: JobCall) => Reply>> = {
  'GET ': ({ held }) => ({ status: 200, body: held.document }),
  'POST start': ({ held, bytes }) => claimed(held, parsed(bytes, checkClaim).claim),
  'POST reports': ({ held, bytes, ended }) => reported(held, parsed(bytes, checkReport), ended),
  'GET log': ({ held }) => ({ status: 200, body: { length: held.log.length } }),
  'PUT log': ({ held, bytes, headers }) => appended(held, bytes, headers),
  'GET source': ({ held }) => ({ status: 200, body: held.source }),
  'GET workspace': ({ held }) => ({ status: 200, body: held.workspace ?? Buffer.alloc(0) }),
  'PUT workspace': ({ held, bytes }) => ({ status: 200, body: storedOf((held.workspace = bytes)) }),
  'PUT errored-state': ({ held, bytes }) => ({ status: 200, body: storedOf((held.erroredState = bytes)) }),
}

/** Answers `METHOD what` about a job, as `protocol/README.md` section 3.1 has it. */
export function jobCall(name: string, call: JobCall): Reply {
  const answer = calls[name]
  if (!answer) throw new Refused('not-found')
  return answer(call)
}

function claimed(held: HeldJob, claim: string): Reply {
  if (held.claim !== null && held.claim !== claim) throw new Refused('already-started')
  held.claim = claim
  return { status: 204 }
}

function reported(held: HeldJob, report: Report, ended: () => void): Reply {
  if (report.sequence <= held.reports.length) return { status: 204 }
  if (report.kind === 'finished') {
    if (report.logLength > held.log.length) throw new Refused('log-incomplete', held.log.length)
    ended()
  }
  held.reports.push(report)
  return { status: 204 }
}

function appended(held: HeldJob, bytes: Buffer, headers: IncomingHttpHeaders): Reply {
  const range = decodeLogRange(headers)
  if (!range.ok || range.value.length !== bytes.length) throw new Refused('bad-request')
  if (storedOf(bytes).sha256 !== range.value.sha256) throw new Refused('digest-mismatch')
  const verdict = judgeLogRange(held.log.length, range.value)
  if (verdict.verdict === 'gap') throw new Refused('log-incomplete', held.log.length)
  if (verdict.verdict === 'append') held.log = Buffer.concat([held.log, bytes.subarray(verdict.skip)])
  return { status: 200, body: { length: held.log.length } }
}

function storedOf(bytes: Buffer): Stored {
  return { length: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
}
