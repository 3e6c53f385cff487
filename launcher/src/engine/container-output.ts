import type { Readable } from 'node:stream'
import { engineFailure } from './errors.ts'
import { unframed } from './log-frames.ts'

/**
 * What a container writes, from a connection that carries it in frames. Ends with the connection, and ends the connection when
 * nobody reads on. Throws the signal's reason if that ended it, else a LauncherError.
 */
export async function* containerOutput(source: Readable, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    yield* unframed(source)
  } catch (error) {
    throw signal.aborted ? signal.reason : engineFailure(error, 'cannot read the output of the container')
  } finally {
    source.destroy()
  }
}
