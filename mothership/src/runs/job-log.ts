import { judgeLogRange } from '../../../protocol/log-range.ts'
import type { Caller, LogPiece } from '../api/services.ts'
import { Refusal } from '../base/errors.ts'
import type { Objects } from '../objects/objects.ts'
import type { Records } from '../workers/parts.ts'
import { jobInHand, ownJob, stillInHand } from './own-job.ts'
import { Turns } from './turns.ts'

/** Largest log of one job. Beyond it a range is refused as `too-large`, and the launcher counts what it could not deliver. */
export const maxLogBytes = 4 * 1024 * 1024 * 1024

/** Where a job's log is kept. */
export function logKey(run: string, job: string): string {
  return `logs/${run}/${job}`
}

/**
 * Takes the log of a job as ranges. The object is written first and the length in the job's row after it, so that the length is never of
 * bytes that are not there: what a crash leaves in between is cut off by the next append, and sent again.
 */
export class JobLog {
  readonly #store: Records
  readonly #objects: Objects
  /** Two ranges at once would both append behind the same length. */
  readonly #turns = new Turns()

  constructor(store: Records, objects: Objects) {
    this.#store = store
    this.#objects = objects
  }

  /** How many bytes are held. */
  async held(caller: Caller, id: string): Promise<number> {
    return (await this.#store.read((tables) => ownJob(tables, caller, id))).logLength
  }

  /** Appends what is new of a range, and answers how many bytes are held then. */
  append(caller: Caller, id: string, piece: LogPiece): Promise<number> {
    return this.#turns.take(id, () => this.#append(caller, id, piece))
  }

  async #append(caller: Caller, id: string, { range, bytes }: LogPiece): Promise<number> {
    const job = await this.#store.read((tables) => ownJob(tables, caller, id))
    const verdict = judgeLogRange(job.logLength, range)
    if (verdict.verdict === 'known') return job.logLength
    stillInHand(job)
    if (verdict.verdict === 'gap') {
      const message = `range begins at ${range.offset}, ${job.logLength} bytes are held`
      throw new Refusal('log-incomplete', message, { held: job.logLength })
    }
    if (range.offset + range.length > maxLogBytes)
      throw new Refusal('too-large', `log longer than ${maxLogBytes} bytes`)
    const fresh = bytes.subarray(verdict.skip)
    const logLength = await this.#objects.append(logKey(job.run, id), job.logLength, fresh)
    await this.#store.transaction(async (tables) => {
      await jobInHand(tables, caller, id)
      await tables.jobs.update(id, { logLength })
    })
    return logLength
  }
}
