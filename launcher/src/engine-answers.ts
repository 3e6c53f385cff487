import type { Clock } from './base/clock.ts'
import { inShort, type Logger } from './base/log.ts'
import { retry } from './base/retry.ts'
import type { Engine } from './run/engine.ts'

/** A daemon that is starting beside us is soon there; one that is not is asked every few seconds. */
const timing = { baseMs: 250, capMs: 5000 }

/** One line in the log for so many vain questions. */
const saidEvery = 10

/** Resolves once the engine answers, however long that takes. Rejects with what no waiting mends, such as ENGINE_TOO_OLD, and with the signal's reason. */
export async function engineAnswers(parts: {
  readonly engine: Pick<Engine, 'info'>
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
}): Promise<void> {
  const { engine, clock, log, signal } = parts
  const info = await retry(() => engine.info(signal), {
    clock,
    signal,
    timing,
    retrying: ({ error, failures }) => {
      if (failures % saidEvery === 1) log.warn({ ...inShort(error), failures }, 'waiting for the Docker engine')
    },
  })
  log.info(info, 'engine answers')
}
