import { open, readFile } from 'node:fs/promises'
import type { JobControl, LogBytes } from '../control.ts'

/** One range of a tail, in bytes. */
const rangeBytes = 1024 * 1024
const offsetBytes = 8

/**
 * Keeps the end of a job's log that the far end does not hold yet, until the job's last report is heard: the offset of its first byte (8 bytes,
 * big-endian), and the bytes. It is masked, as all of the log is. When this resolves it outlives the machine's fall.
 */
export async function keepTail(path: string, { offset, bytes }: LogBytes): Promise<void> {
  const head = Buffer.alloc(offsetBytes)
  head.writeBigUInt64BE(BigInt(offset))
  const file = await open(path, 'w', 0o600)
  try {
    await file.writev([head, bytes])
    await file.datasync()
  } finally {
    await file.close()
  }
}

/** Reads a tail; null if there is none, or only a piece of its head. */
export async function readTail(path: string): Promise<LogBytes | null> {
  const content = await readFile(path).catch(() => null)
  if (content === null || content.length < offsetBytes) return null
  return { offset: Number(content.readBigUInt64BE()), bytes: content.subarray(offsetBytes) }
}

/** Where a tail goes. */
export interface TailDelivery {
  readonly job: string
  readonly control: Pick<JobControl, 'logHeld' | 'appendLog'>
  readonly signal: AbortSignal
}

/** Sends what is missing of a log that ends with `tail`, and answers how many bytes are held then. */
export async function deliverTail({ job, control, signal }: TailDelivery, tail: LogBytes | null): Promise<number> {
  let held = await control.logHeld(job, signal)
  if (tail === null || held < tail.offset) return held
  const end = tail.offset + tail.bytes.byteLength
  while (held < end) {
    const from = held - tail.offset
    const bytes = tail.bytes.subarray(from, from + rangeBytes)
    const now = await control.appendLog(job, { offset: held, bytes }, signal)
    // A far end that takes nothing, and says so without an error, would be asked for ever.
    if (now <= held) return now
    held = now
  }
  return held
}
