import { LauncherError } from '../base/errors.ts'

/** Length of the header before each frame: stream (1), zeros (3), length of the payload (4, big-endian). */
const headerBytes = 8

/** What the first half of a header can be: stdin, stdout or stderr. */
const streams: ReadonlySet<number> = new Set([0x00000000, 0x01000000, 0x02000000])

/**
 * Takes Docker's frames (https://docs.docker.com/engine/api/v1.41/#tag/Container/operation/ContainerAttach, "Stream format")
 * off a container's output, whatever pieces it comes in. Both streams become one, in the order in which the daemon sent them.
 */
export class FrameReader {
  readonly #header = Buffer.alloc(headerBytes)
  #headerLength = 0
  #payloadLeft = 0

  /**
   * The payload in `chunk`, or `damaged` if what should be a header is none. It is gathered at the front of `chunk` itself, so
   * the chunk belongs to the reader; a frame that is not complete yet gives what is there of it.
   */
  read(chunk: Buffer): Buffer | 'damaged' {
    let from = 0
    let to = 0
    while (from < chunk.length) {
      if (this.#payloadLeft === 0) {
        from += this.#takeHeader(chunk.subarray(from))
        if (!streams.has(this.#header.readUInt32BE(0))) return 'damaged'
      } else {
        const end = Math.min(from + this.#payloadLeft, chunk.length)
        chunk.copyWithin(to, from, end)
        this.#payloadLeft -= end - from
        to += end - from
        from = end
      }
    }
    return chunk.subarray(0, to)
  }

  /** What the end of the stream means here. */
  end(): 'complete' | 'truncated' {
    return this.#payloadLeft === 0 && this.#headerLength === 0 ? 'complete' : 'truncated'
  }

  /** Takes what `bytes` has of a header, and answers how much that was. What is missing still has the header before it, a good one. */
  #takeHeader(bytes: Buffer): number {
    const taken = bytes.copy(this.#header, this.#headerLength, 0, headerBytes - this.#headerLength)
    this.#headerLength += taken
    if (this.#headerLength === headerBytes) {
      this.#payloadLeft = this.#header.readUInt32BE(4)
      this.#headerLength = 0
    }
    return taken
  }
}

/**
 * The payload of a stream of frames, one piece for each that came. Nothing is read before it is asked for, so a slow reader
 * slows the container (docker-modem's `demuxStream` is not used: it takes whatever comes, and the memory with it). Throws
 * ENGINE_FAILED for bytes that are no frames, and ENGINE_UNREACHABLE for a stream that stops in the middle of one.
 */
export async function* unframed(source: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array, void, undefined> {
  const frames = new FrameReader()
  for await (const chunk of source) {
    const payload = frames.read(chunk)
    if (payload === 'damaged') {
      throw new LauncherError(
        'ENGINE_FAILED',
        'the output of the container is not in the frames that the engine promises',
      )
    }
    if (payload.length > 0) yield payload
  }
  if (frames.end() === 'truncated') {
    throw new LauncherError('ENGINE_UNREACHABLE', 'the output of the container broke off: the Docker engine went away')
  }
}
