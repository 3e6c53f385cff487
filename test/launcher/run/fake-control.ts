import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { Job } from '../../../protocol/job.ts'
import type { Report, Stored } from '../../../protocol/report.ts'
import { LauncherError } from '../../../launcher/src/base/errors.ts'
import type { JobControl, LogBytes, Upload } from '../../../launcher/src/run/control.ts'

type Call = keyof JobControl

/** A control plane in memory that knows one job at a time, and remembers everything it heard. */
export class FakeControl implements JobControl {
  readonly jobs = new Map<string, Job>()
  readonly calls: string[] = []
  readonly reports: Report[] = []
  log: Buffer = Buffer.alloc(0)
  source: Uint8Array = new Uint8Array()
  workspace: Buffer = Buffer.alloc(0)
  erroredState: Buffer | null = null
  claim: string | null = null
  readonly #answers = new Map<Call, (signal: AbortSignal) => unknown>()

  /** Makes every following call of a name do this first; what it throws, the call rejects with. */
  before(call: Call, answer: (signal: AbortSignal) => unknown): void {
    this.#answers.set(call, answer)
  }

  get text(): string {
    return this.log.toString()
  }

  async fetch(job: string, signal: AbortSignal): Promise<Job> {
    await this.#called('fetch', signal)
    const document = this.jobs.get(job)
    if (!document) throw new LauncherError('JOB_LOST', 'There is no such job.')
    return document
  }

  async start(_job: string, claim: string, signal: AbortSignal): Promise<void> {
    await this.#called('start', signal)
    if (this.claim !== null && this.claim !== claim) throw new LauncherError('CONTROL_REFUSED', 'already started')
    this.claim = claim
  }

  async report(_job: string, report: Report, signal: AbortSignal): Promise<void> {
    await this.#called('report', signal)
    if (report.sequence <= this.reports.length) return
    if (report.sequence > this.reports.length + 1) throw new LauncherError('CONTROL_REFUSED', 'a gap in the reports')
    if (report.kind === 'finished' && report.logLength > this.log.length)
      throw new LauncherError('CONTROL_REFUSED', 'log incomplete')
    this.reports.push(report)
  }

  async logHeld(_job: string, signal: AbortSignal): Promise<number> {
    await this.#called('logHeld', signal)
    return this.log.length
  }

  async appendLog(_job: string, { offset, bytes }: LogBytes, signal: AbortSignal): Promise<number> {
    await this.#called('appendLog', signal)
    if (offset !== this.log.length) throw new Error(`a range at ${offset}, ${this.log.length} held`)
    this.log = Buffer.concat([this.log, bytes])
    return this.log.length
  }

  async download(_job: string, what: 'source' | 'workspace', signal: AbortSignal): Promise<Readable> {
    await this.#called('download', signal)
    return Readable.from([what === 'source' ? this.source : this.workspace])
  }

  async upload(_job: string, { what, open }: Upload, signal: AbortSignal): Promise<Stored> {
    await this.#called('upload', signal)
    const pieces: Buffer[] = []
    for await (const piece of open()) pieces.push(piece as Buffer)
    const bytes = Buffer.concat(pieces)
    if (what === 'workspace') this.workspace = bytes
    else this.erroredState = bytes
    return { length: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
  }

  async #called(call: Call, signal: AbortSignal): Promise<void> {
    this.calls.push(call)
    signal.throwIfAborted()
    await this.#answers.get(call)?.(signal)
  }
}

/** Never answers, until the signal is aborted. */
export function never(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))
}
