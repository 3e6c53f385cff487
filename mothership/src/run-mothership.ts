import { CannotStart } from './base/cannot-start.ts'
import { systemClock } from './base/clock.ts'
import { Refusal } from './base/errors.ts'
import { createLog, type Log } from './base/log.ts'
import { Mothership } from './mothership.ts'
import type { ServeOptions } from './serve/options.ts'

export { createLog }

export interface RunParts {
  readonly options: ServeOptions
  readonly log: Log
  readonly version: string
  /** Aborted when the mothership is to stop. */
  readonly signal: AbortSignal
  /** Writes to standard error. */
  readonly complain: (text: string) => void
}

/** Runs a mothership until the signal, and answers the exit code: 0, or 1 if it could not start. */
export async function runMothership({ signal, log, complain, ...parts }: RunParts): Promise<number> {
  const mothership = await start({ ...parts, log, complain })
  if (mothership === null) return 1
  const { people: peoplePort, broker: brokerPort, launchers: launchersPort } = mothership.ports
  log.info({ peoplePort, brokerPort, launchersPort, version: parts.version }, 'mothership ready')
  await aborted(signal)
  log.info('mothership stopping')
  await mothership.stop()
  log.info('mothership stopped')
  return 0
}

async function start(parts: Omit<RunParts, 'signal'>): Promise<Mothership | null> {
  try {
    return await Mothership.start({ ...parts, clock: systemClock })
  } catch (error) {
    const sentence = forPeople(error)
    if (sentence === null) throw error
    parts.log.debug({ err: error }, 'mothership cannot start')
    parts.complain(`spacelift-mothership cannot start: ${sentence}\n`)
    return null
  }
}

/** What the operator is told; null for a bug. Node's own message names the file or address that an operation failed on. */
function forPeople(error: unknown): string | null {
  if (error instanceof CannotStart || error instanceof Refusal) return error.message
  return error instanceof Error && 'syscall' in error ? error.message : null
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
