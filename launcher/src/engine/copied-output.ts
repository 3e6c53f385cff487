import type { IncomingMessage } from 'node:http'
import { LauncherError } from '../base/errors.ts'
import type { CopiedOutput, CopyOptions } from '../run/engine.ts'
import { CopiedLines } from './copied-lines.ts'
import { engineFailure } from './errors.ts'
import { StampedFrames } from './stamped-frames.ts'

/** Opens an answer of `logs`, with times: all of it, or from a time on, which is then the first of it. */
export type OpenLogs = (query: { readonly follow: boolean; readonly since?: string }) => Promise<IncomingMessage>

/**
 * What a container writes, from the daemon's copy. It is followed to the container's end, and then read once more from the last time on: a daemon that
 * closes the copy may leave those who follow it a little short. `first`: the answer that is followed. Throws the signal's reason if
 * that ended it, else a LauncherError.
 */
export async function* copiedOutput(
  open: OpenLogs,
  first: IncomingMessage,
  { signal, splitAt }: CopyOptions,
): AsyncGenerator<CopiedOutput> {
  const lines = new CopiedLines(splitAt)
  try {
    yield* read(first, lines, 0)
    const { last } = lines
    if (last === null) return yield* read(await open({ follow: false }), lines, 0)
    yield* read(await open({ follow: false, since: secondsOf(last.stamp) }), lines, last.alike)
  } catch (error) {
    throw signal.aborted ? signal.reason : engineFailure(error, 'cannot read the copy of the output')
  } finally {
    first.destroy()
  }
}

/** `known`: how many frames at the beginning were read before. */
async function* read(answer: IncomingMessage, lines: CopiedLines, known: number): AsyncGenerator<CopiedOutput> {
  const frames = new StampedFrames()
  let left = known
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    const all = frames.read(chunk)
    const fresh = all.slice(left)
    left -= all.length - fresh.length
    yield* lines.read(fresh)
  }
  if (!frames.whole)
    throw new LauncherError('ENGINE_UNREACHABLE', 'the copy of the output broke off: the Docker engine went away')
}

/** A time in the words of `since`: seconds since 1970, and nanoseconds. */
function secondsOf(stamp: string): string {
  const seconds = Math.floor(Date.parse(stamp) / 1000)
  return `${seconds}.${stamp.slice(stamp.indexOf('.') + 1, -1)}`
}
