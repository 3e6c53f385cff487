import { pipeline, type Duplex } from 'node:stream'

/**
 * A stream of bytes through another one. What fails on the way is thrown to whoever reads, and reading stops when they
 * stop.
 */
export function through(bytes: AsyncIterable<Uint8Array>, transform: Duplex): AsyncIterable<Uint8Array> {
  // The error needs no handling here: the transform is destroyed with it, and so it reaches the reader.
  return pipeline(bytes, transform, () => {})
}
