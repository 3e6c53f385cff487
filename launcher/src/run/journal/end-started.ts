import type { ConductorParts } from '../job-in-hand.ts'
import { endContainer } from '../ladder.ts'
import { Stop } from '../outcome.ts'
import { rescueState } from '../rescue.ts'
import { announceEnding } from '../script/script-files.ts'
import { jobDirectories } from '../workspace/directories.ts'
import type { JournaledJob } from './journal.ts'
import { containerIn, runIn } from './recovery.ts'

/**
 * Ends the container that an earlier launcher started, by the ladder, so that its tool can save its state, and rescues
 * a state that it could not deliver. Answers as `rescueState` does.
 */
export async function endStarted(
  parts: ConductorParts,
  { job, records }: JournaledJob,
): ReturnType<typeof rescueState> {
  const container = containerIn(records)
  if (container === null) return null
  await endGently(parts, job, container.id)
  const { clock, settings, control, log } = parts
  const rescue = { clock, settings, control, job, run: runIn(records) ?? job, operator: log.child({ job }) }
  return await rescueState(rescue, container.state)
}

async function endGently(
  { engine, clock, log, settings }: ConductorParts,
  job: string,
  container: string,
): Promise<void> {
  if ((await engine.inspect(container)).state !== 'running') return
  const directories = jobDirectories(settings.directory, job)
  await announceEnding(directories, 'FAILED').catch((error: unknown) =>
    log.warn({ err: error, job }, 'ending not announced'),
  )
  const ended = new AbortController()
  const watching = new AbortController()
  const over = () => ended.abort()
  const waiting = engine.wait(container, watching.signal).then(over, over)
  const failed = (name: string, error: unknown) => log.warn({ err: error, job, signal: name }, 'signal not sent')
  const { graces } = settings
  await endContainer({ engine, clock, container, graces, failed }, new Stop('launcher-stopping'), ended.signal)
  watching.abort()
  await waiting
}
