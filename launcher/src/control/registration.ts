import { protocolVersion, type Registered, type Registration } from '../../../protocol/worker.ts'
import type { Clock } from '../base/clock.ts'
import { LauncherError } from '../base/errors.ts'
import { retry, type Retrying, type RetryTiming } from '../base/retry.ts'
import { answerOf, ControlError } from './answers.ts'
import type { HttpsApi } from './https-api.ts'
import type { Session } from './session.ts'
import type { WorkerFile } from './worker-file.ts'

export interface RegistrationOptions {
  readonly api: Pick<HttpsApi, 'register'>
  readonly session: Session
  readonly file: WorkerFile
  readonly clock: Clock
  /** What the launcher says of itself. */
  readonly about: Pick<Registration, 'launcher' | 'instance' | 'metadata'> & { readonly pool: string }
  readonly retrying: (next: Retrying) => void
}

/**
 * The least pause, in milliseconds, after an answer that only a person can change, such as a refused certificate: whoever is refused must not
 * be a load, and must come back by itself when it is mended. Jitter of up to minutes comes on top.
 */
export const refusedPauseMs = 2 * 60_000

/**
 * A launcher that is not registered does nothing, and a job that it left may be running out of its lease: it comes back sooner than other
 * calls do. Two thousand of them that start over at once are some 130 calls a second.
 */
const timing: RetryTiming = { baseMs: 500, capMs: 15_000 }

/** Makes this launcher a worker, or the worker again that it was. */
export class Enrolment {
  readonly #options: RegistrationOptions

  constructor(options: RegistrationOptions) {
    this.#options = options
  }

  /**
   * Registers, however long it takes, and puts the answer into the session and on disk. Rejects with CONFIGURATION if the control plane does
   * not speak this protocol, and with the signal's reason.
   */
  async register(signal: AbortSignal): Promise<Registered> {
    const { clock, session, file, retrying } = this.#options
    const registered = await retry(() => this.#once(signal), { clock, signal, judge, retrying, timing })
    session.replace(registered)
    await file.write(registered)
    return registered
  }

  async #once(signal: AbortSignal): Promise<Registered> {
    const { api, file, about } = this.#options
    const { pool, ...self } = about
    const resume = await file.read(pool)
    const registration = { protocol: protocolVersion, ...self, ...(resume ? { resume } : {}) }
    return api.register(registration, signal).catch((error: unknown) => {
      if (answerOf(error) !== 'wrong-protocol') throw error
      const { major, minor } = protocolVersion
      const said = error instanceof Error ? error.message : ''
      throw new LauncherError('CONFIGURATION', `this launcher speaks protocol ${major}.${minor}: ${said}`, {
        cause: error,
      })
    })
  }
}

function judge(error: unknown): { retry: boolean; afterMs: number | null } {
  if (!(error instanceof ControlError)) return { retry: false, afterMs: null }
  return { retry: true, afterMs: error.retry ? error.refusal.retryAfterMs : refusedPauseMs }
}
