import type { Clock } from './base/clock.ts'
import type { Logger } from './base/log.ts'
import type { ControlChannel } from './control/channel.ts'
import type { HttpsApi } from './control/https-api.ts'
import type { Enrolment } from './control/registration.ts'
import type { Session } from './control/session.ts'
import type { WorkerFile } from './control/worker-file.ts'
import type { Lifecycle } from './lifecycle/state.ts'
import type { Conductor } from './run/conductor.ts'
import type { Engine } from './run/engine.ts'

/** What a worker is made of. */
export interface WorkerParts {
  readonly engine: Pick<Engine, 'info'>
  readonly api: Pick<HttpsApi, 'heartbeat' | 'orders' | 'goodbye' | 'finishing'>
  readonly channel: ControlChannel
  readonly enrolment: Pick<Enrolment, 'register'>
  readonly session: Session
  readonly file: Pick<WorkerFile, 'remove'>
  readonly conductor: Pick<Conductor, 'conduct' | 'recover' | 'owes'>
  readonly lifecycle: Lifecycle
  readonly clock: Clock
  readonly log: Logger
  /** Called the first time that the worker is ready. */
  readonly ready: (worker: string) => void
}
