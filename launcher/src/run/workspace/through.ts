import { pipeline, type Duplex } from 'node:stream'

/**
 * A stream of bytes through another one. What fails on the way is thrown to whoever reads, and reading stops when they
 * stop.
 */
export function through(bytes: AsyncIterable<Uint8Array>, transform: Duplex): AsyncIterable<Uint8Array> {
  // Kept for a reader who comes late: without a listener of ours, a failure before the first read would end the process.
  transform.on('error', () => {})
  return pipeline(bytes, transform, () => {})
}
