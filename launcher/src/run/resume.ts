import { LauncherError } from '../base/errors.ts'
import type { CopiedOutput } from './engine.ts'
import type { ConductorParts, JobInHand, Started } from './job-in-hand.ts'
import { logIn } from './journal/recovery.ts'
import type { Launched } from './launch.ts'

/**
 * Goes on with a container that an earlier launcher started: its output is read again from the first byte, of which the log passes over what the far
 * end holds. So it makes no difference whether the container still runs. One that was only about to be started is started: the
 * permission for that is this job's. Rejects with CONTAINER_LOST if it is gone.
 */
export async function resume({ engine }: ConductorParts, hand: JobInHand, { container }: Started): Promise<Launched> {
  const { id } = container
  const watching = new AbortController()
  const { state } = await engine.inspect(id)
  if (state === 'gone') throw new LauncherError('CONTAINER_LOST', gone)
  if (state !== 'created') {
    const since = logIn(hand.journal.before.records).begins.since?.at ?? null
    const splitAt = since === null ? [] : [since]
    const copy = await engine.output(id, { signal: watching.signal, splitAt })
    return { id, output: after(copy, since), since, watching }
  }
  const output = await engine.attach(id, watching.signal)
  try {
    hand.ending.signal.throwIfAborted()
    await engine.start(id, hand.ending.signal)
  } catch (error) {
    watching.abort(error)
    throw error
  }
  return { id, output, since: null, watching }
}

const gone = "The run's container was removed while the launcher was restarted: what became of the run is not known."

async function* after(copy: AsyncIterable<CopiedOutput>, since: number | null): AsyncGenerator<Uint8Array> {
  for await (const { bytes, at } of copy) if (since === null || at > since) yield bytes
}
