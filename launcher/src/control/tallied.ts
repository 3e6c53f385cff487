import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { Stored } from '../../../protocol/report.ts'

/** A stream that is being sent, and what went through it: to be compared with what the far end says it stored. */
export interface Tallied {
  readonly stream: Readable
  /** Length and digest of what was read so far. Final once the stream has ended; ask once. */
  readonly sum: () => Stored
  /** Why the source itself broke, which no repetition of the call mends. Null: it did not. */
  readonly broken: () => Error | null
}

/** Passes a stream on and tallies it, with back-pressure. */
export function tallied(source: Readable): Tallied {
  const hash = createHash('sha256')
  let length = 0
  let broken: Error | null = null
  async function* passedOn(): AsyncIterable<Uint8Array> {
    try {
      for await (const chunk of source as AsyncIterable<Uint8Array>) {
        hash.update(chunk)
        length += chunk.byteLength
        yield chunk
      }
    } catch (error) {
      broken = error instanceof Error ? error : new Error('the stream to upload broke', { cause: error })
      throw error
    }
  }
  return {
    stream: Readable.from(passedOn(), { objectMode: false }),
    sum: () => ({ length, sha256: hash.digest('hex') }),
    broken: () => broken,
  }
}
