import { assemble, type Assembled, type AssemblyParts } from './assembly.ts'
import { systemClock, type Clock } from './base/clock.ts'
import { configuredEngine } from './configured-engine.ts'
import { canChange } from './identity/credential-source.ts'
import type { Credentials } from './identity/credentials.ts'
import { watchCredentials } from './identity/credentials-watch.ts'
import { PodApi } from './kubernetes/pod-api.ts'
import { PodMarks } from './kubernetes/pod-marks.ts'
import type { LauncherOptions } from './launcher-options.ts'
import { DirectoryLock } from './lifecycle/directory-lock.ts'
import { HealthServer } from './lifecycle/health.ts'
import { Metrics } from './lifecycle/metrics.ts'
import { Lifecycle } from './lifecycle/state.ts'
import type { Disk } from './machine/disk.ts'
import { watchNotices } from './machine/watch-notices.ts'
import { noticeBoard } from './notice-board.ts'
import { readiness } from './readiness.ts'
import { roomOnDisk } from './room-on-disk.ts'
import type { Engine } from './run/engine.ts'
import { runSettings } from './run-settings.ts'
import { Stay } from './stay.ts'
import { StopRequests } from './stop-requests.ts'

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
  readonly #disk: Disk
  readonly #stay: Stay
  readonly #assembly: AssemblyParts
  #present: Assembled
  /** Credentials that are used as soon as no job is in hand. */
  #next: Credentials | null = null
  #healthPort = 0
  #announced = false

  constructor(options: LauncherOptions) {
    const { log, clock = systemClock } = options
    const { engine, images } = options.engine
      ? { engine: options.engine, images: null }
      : configuredEngine(options.config, clock)
    this.#options = options
    this.#clock = clock
    this.#lifecycle = new Lifecycle(log)
    this.#metrics = this.#makeMetrics()
    this.#podApi = options.pod ? new PodApi(options.pod) : null
    this.#marks = this.#makeMarks()
    const removed = (what: string, count: number) => this.#metrics.diskCleaned(what, count)
    this.#disk = roomOnDisk({ config: options.config, images, clock, log, removed })
    this.#stay = this.#makeStay()
    this.#assembly = {
      ...options,
      engine,
      clock,
      lifecycle: this.#lifecycle,
      metrics: this.#metrics,
      marks: this.#marks,
      stay: this.#stay,
      ready: (worker) => this.#ready(worker),
    }
    this.#present = assemble(this.#assembly, options.credentials)
    this.#health = this.#makeHealth(engine)
    this.#stops = this.#makeStops()
  }

  /** Works until it is told to stop, or leaves by itself; resolves with the exit code after a clean end. Rejects with CONFIGURATION or ENGINE_TOO_OLD if it cannot work, and for bugs. */
  async run(): Promise<number> {
    let lock: DirectoryLock | null = null
    const over = new AbortController()
    try {
      lock = await DirectoryLock.take(this.#options.config.directory)
      this.#healthPort = await this.#health.listen()
      void this.#watchCredentials(over.signal)
      void this.#watchMachine(over.signal)
      await this.#work()
      return this.#stay.exitCode
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

  async #watchMachine(signal: AbortSignal): Promise<void> {
    this.#stay.watch(signal)
    const { config, log } = this.#options
    if (config.spotNotice === null) return
    const heard = await watchNotices({ board: noticeBoard(config.spotNotice), clock: this.#clock, log }, signal)
    if (heard) this.#stops.machineGoes(heard.leftMs, heard.notice.what)
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
      disks: () => this.#disk.usages,
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

  #makeStay(): Stay {
    const { config, log } = this.#options
    const leave = (why: string) => this.#present.worker.drain(why)
    return new Stay({ config, disk: this.#disk, lifecycle: this.#lifecycle, clock: this.#clock, log, leave })
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
