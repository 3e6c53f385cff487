import { LauncherError } from '../base/errors.ts'

const headerBytes = 8
/** `2006-01-02T15:04:05.000000000Z`: of one length, so that they sort as text. */
export const stampBytes = 30
/** No daemon puts more of a line into one frame: pieces of a long line have 16 KiB. */
const maxFrameBytes = 4 * 1024 * 1024
/** The daemon's own complaint, in place of output. */
const complaint = 3

/** One record of the daemon's copy. */
export interface StampedFrame {
  readonly stamp: Buffer
  readonly text: Buffer
}

/** Cuts an answer of `logs?timestamps=1` into its frames, whatever pieces it comes in. */
export class StampedFrames {
  #held: Buffer = Buffer.alloc(0)

  /** The frames that end in this chunk. Throws ENGINE_FAILED for what is none, and for the daemon's complaints. */
  read(chunk: Buffer): StampedFrame[] {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    const frames: StampedFrame[] = []
    let from = 0
    while (bytes.length - from >= headerBytes) {
      const length = bytes.readUInt32BE(from + 4)
      if (length > maxFrameBytes) throw damaged(`a record of ${length} bytes`)
      const end = from + headerBytes + length
      if (end > bytes.length) break
      frames.push(frameOf(bytes, from, end))
      from = end
    }
    this.#held = from === bytes.length ? Buffer.alloc(0) : Buffer.from(bytes.subarray(from))
    return frames
  }

  /** Whether the answer may end here. */
  get whole(): boolean {
    return this.#held.length === 0
  }
}

function frameOf(bytes: Buffer, from: number, end: number): StampedFrame {
  const payload = bytes.subarray(from + headerBytes, end)
  if (bytes[from] === complaint) throw damaged(payload.toString('utf8').trim().slice(0, 300))
  if (payload.length <= stampBytes || payload[stampBytes] !== 0x20) throw damaged('a record without its time')
  return { stamp: payload.subarray(0, stampBytes), text: payload.subarray(stampBytes + 1) }
}

function damaged(what: string): LauncherError {
  return new LauncherError('ENGINE_FAILED', `the engine's copy of the output cannot be read: ${what}`)
}
