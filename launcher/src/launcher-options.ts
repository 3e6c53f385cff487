import type { Clock } from './base/clock.ts'
import type { Logger } from './base/log.ts'
import type { Config } from './config/options.ts'
import type { Credentials } from './identity/credentials.ts'
import type { OwnPod } from './kubernetes/own-pod.ts'
import type { PassedEnv } from './passed-env.ts'
import type { JobControl } from './run/control.ts'
import type { Engine } from './run/engine.ts'
import type { Policy } from './run/policy.ts'
import type { Origin } from './settings.ts'
import type { WorkerParts } from './worker-parts.ts'

/** What a launcher is started with. */
export interface LauncherOptions {
  readonly config: Config
  readonly credentials: Credentials
  /** Where the credentials came from, and what they were; with files among it, they are looked at again and again. */
  readonly origin?: Origin
  /** What of the launcher's environment concerns jobs; missing: nothing. */
  readonly passedEnv?: PassedEnv
  /** The pod that it runs in and marks; null or missing: none. */
  readonly pod?: OwnPod | null
  /** Says which runs may start; null or missing: all. */
  readonly policy?: Policy | null
  readonly version: string
  readonly log: Logger
  /** Ends the process now. */
  readonly exit: (code: number) => void
  /** What a test puts in place of Docker and of the running of jobs. */
  readonly engine?: Engine
  readonly conductor?: (control: JobControl) => WorkerParts['conductor']
  readonly clock?: Clock
}
