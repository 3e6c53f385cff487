import { assemble, type Assembled, type AssemblyParts } from './assembly.ts'
import { systemClock, type Clock } from './base/clock.ts'
import type { Logger } from './base/log.ts'
import type { Config } from './config/options.ts'
import { configuredEngine } from './configured-engine.ts'
import { canChange } from './identity/credential-source.ts'
import type { Credentials } from './identity/credentials.ts'
import { watchCredentials } from './identity/credentials-watch.ts'
import type { OwnPod } from './kubernetes/own-pod.ts'
import { PodApi } from './kubernetes/pod-api.ts'
import { PodMarks } from './kubernetes/pod-marks.ts'
import { DirectoryLock } from './lifecycle/directory-lock.ts'
import { HealthServer } from './lifecycle/health.ts'
import { Metrics } from './lifecycle/metrics.ts'
import { Lifecycle } from './lifecycle/state.ts'
import type { PassedEnv } from './passed-env.ts'
import { readiness } from './readiness.ts'
import type { JobControl } from './run/control.ts'
import type { Engine } from './run/engine.ts'
import type { Policy } from './run/policy.ts'
import { runSettings } from './run-settings.ts'
import type { Origin } from './settings.ts'
import { StopRequests } from './stop-requests.ts'
import type { WorkerParts } from './worker-parts.ts'

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

/** How long a mark that is on its way may take when the launcher ends: it is gone within two seconds all the same. */
const lastMarkMs = 300

/**
 * A launcher: what lasts from the start of the process to its end, and one worker after the other, because other credentials make another
 * worker.
 */
export class Launcher {
  readonly #options: LauncherOptions
  readonly #clock: Clock
  readonly #lifecycle: Lifecycle
  readonly #metrics: Metrics
  readonly #health: HealthServer
  readonly #stops: StopRequests
  readonly #podApi: PodApi | null
  readonly #marks: PodMarks | null
  readonly #assembly: AssemblyParts
  #present: Assembled
  /** Credentials that are used as soon as no job is in hand. */
  #next: Credentials | null = null
  #healthPort = 0
  #announced = false

  constructor(options: LauncherOptions) {
    const { log, clock = systemClock } = options
    const engine = options.engine ?? configuredEngine(options.config)
    this.#options = options
    this.#clock = clock
    this.#lifecycle = new Lifecycle(log)
    this.#metrics = this.#makeMetrics()
    this.#podApi = options.pod ? new PodApi(options.pod) : null
    this.#marks = this.#makeMarks()
    this.#assembly = {
      ...options,
      engine,
      clock,
      lifecycle: this.#lifecycle,
      metrics: this.#metrics,
      marks: this.#marks,
      ready: (worker) => this.#ready(worker),
    }
    this.#present = assemble(this.#assembly, options.credentials)
    this.#health = this.#makeHealth(engine)
    this.#stops = this.#makeStops()
  }

  /** Works until it is told to stop; resolves after a clean end. Rejects with CONFIGURATION or ENGINE_TOO_OLD if it cannot work, and for bugs. */
  async run(): Promise<void> {
    let lock: DirectoryLock | null = null
    const over = new AbortController()
    try {
      lock = await DirectoryLock.take(this.#options.config.directory)
      this.#healthPort = await this.#health.listen()
      void this.#watchCredentials(over.signal)
      await this.#work()
    } catch (error) {
      this.#lifecycle.move('failed', error instanceof Error ? error.message : 'unknown')
      throw error
    } finally {
      over.abort()
      this.#stops.over()
      await this.#marks?.close(lastMarkMs)
      this.#health.close()
      this.#present.close()
      lock?.release()
    }
  }

  /** A signal or another wish to stop: the first drains, the second interrupts, the third ends the process. */
  stop(why: string): void {
    this.#stops.request(why)
  }

  async #work(): Promise<void> {
    await this.#present.worker.run()
    while (this.#next && this.#present.worker.hasSuccessor) {
      const credentials = this.#next
      this.#next = null
      this.#present.close()
      this.#lifecycle.move('offline', 'connecting with the new credentials')
      this.#present = assemble(this.#assembly, credentials)
      this.#metrics.credentialsChanged('taken')
      await this.#present.worker.run()
    }
  }

  async #watchCredentials(signal: AbortSignal): Promise<void> {
    const { origin, log } = this.#options
    if (!origin || !canChange(origin.source)) return
    const changed = (credentials: Credentials) => this.#renewed(credentials)
    const refused = (problems: readonly string[]) => {
      this.#metrics.credentialsChanged('refused')
      log.error({ problems }, 'the credentials changed to some that cannot be used: those in use stay')
    }
    await watchCredentials({ ...origin, clock: this.#clock, changed, refused }, signal)
  }

  #renewed(credentials: Credentials): void {
    const { worker, credentials: before } = this.#present
    const pool = credentials.token.pool.id
    const until = new Date(credentials.expiresAt).toISOString()
    this.#options.log.info({ pool, until, job: worker.standing.job }, 'the credentials changed')
    this.#next = credentials
    worker.retire('the credentials changed', pool === before.token.pool.id ? 'same' : 'another')
  }

  #ready(worker: string): void {
    const about = { worker, healthPort: this.#healthPort }
    this.#options.log.info(about, this.#announced ? 'works with the new credentials' : 'launcher ready')
    this.#announced = true
  }

  #makeMetrics(): Metrics {
    return new Metrics({
      state: () => this.#lifecycle.state,
      busy: () => this.#present.worker.standing.job !== null,
      heartbeatAgeMs: () => this.#present.worker.heartbeatAgeMs,
      certificateExpiresAt: () => this.#present.credentials.expiresAt,
      markPending: () => this.#marks?.pending ?? false,
      version: this.#options.version,
    })
  }

  #makeStops(): StopRequests {
    const { config, log, exit, version } = this.#options
    const { drainTimeoutMs } = config
    const { graces } = runSettings(config, version)
    const worker = () => this.#present.worker
    return new StopRequests({ worker, graces, drainTimeoutMs, podApi: this.#podApi, clock: this.#clock, log, exit })
  }

  #makeMarks(): PodMarks | null {
    const { log } = this.#options
    const called = (result: 'set' | 'failed' | 'refused') => this.#metrics.podMarkCalled(result)
    return this.#podApi && new PodMarks({ api: this.#podApi, clock: this.#clock, log, called })
  }

  #makeHealth(engine: Engine): HealthServer {
    return new HealthServer({
      port: this.#options.config.healthPort,
      checks: () => {
        const { worker, session, credentials } = this.#present
        const { expiresAt } = credentials
        return readiness({ engine, lifecycle: this.#lifecycle, session, worker, expiresAt, now: this.#clock.now() })
      },
      metrics: () => this.#metrics.exposition(),
    })
  }
}
