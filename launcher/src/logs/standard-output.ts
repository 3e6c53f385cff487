import { write } from 'node:fs'
import { promisify } from 'node:util'
import type { Clock } from '../base/clock.ts'

const writeTo = promisify(write)
const standardOutput = 1
/** A pipe that does not wait by itself says that it is full: then it is asked again. */
const fullMs = 20

/** Writes to standard output without holding this process up; resolves when it is written. Rejects if nobody reads any more. */
export function standardOutputOf(clock: Clock): (bytes: Uint8Array) => Promise<void> {
  return async (bytes) => {
    let rest = bytes
    while (rest.length > 0) {
      const written = await some(rest)
      rest = rest.subarray(written)
      if (written === 0) await clock.sleep(fullMs)
    }
  }
}

async function some(bytes: Uint8Array): Promise<number> {
  try {
    return (await writeTo(standardOutput, bytes)).bytesWritten
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return 0
    throw error
  }
}
