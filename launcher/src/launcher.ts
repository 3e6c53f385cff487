import { join } from 'node:path'
import { ulid } from 'ulid'
import { systemClock, type Clock } from './base/clock.ts'
import { inShort, type Logger } from './base/log.ts'
import type { Config } from './config/options.ts'
import { Https, type TlsIdentity } from './control/https.ts'
import { HttpsApi, type CallWatcher } from './control/https-api.ts'
import { MqttChannel } from './control/mqtt-channel.ts'
import { Enrolment } from './control/registration.ts'
import { Session } from './control/session.ts'
import { WorkerFile } from './control/worker-file.ts'
import { DockerEngine } from './engine/docker-engine.ts'
import { tlsIdentity, type Credentials } from './identity/credentials.ts'
import { DirectoryLock } from './lifecycle/directory-lock.ts'
import { HealthServer } from './lifecycle/health.ts'
import { Metrics } from './lifecycle/metrics.ts'
import { Shutdown } from './lifecycle/shutdown.ts'
import { Lifecycle } from './lifecycle/state.ts'
import { readiness } from './readiness.ts'
import { jobLogs } from './job-log.ts'
import { Conductor } from './run/conductor.ts'
import type { JobControl } from './run/control.ts'
import type { Engine } from './run/engine.ts'
import { runSettings } from './run-settings.ts'
import { ToolBinaries } from './tools/binaries.ts'
import { tools } from './tools/tools.ts'
import { Worker, type WorkerParts } from './worker.ts'

export interface LauncherOptions {
  readonly config: Config
  readonly credentials: Credentials
  readonly version: string
  readonly log: Logger
  /** Ends the process now. */
  readonly exit: (code: number) => void
  /** What a test puts in place of Docker and of the running of jobs. */
  readonly engine?: Engine
  readonly conductor?: (control: JobControl) => WorkerParts['conductor']
  readonly clock?: Clock
}

/** A launcher: everything of which it is made, put together by hand. This file names every adapter, and no other does. */
export class Launcher {
  readonly #options: LauncherOptions
  readonly #clock: Clock
  readonly #lifecycle: Lifecycle
  readonly #session = new Session()
  readonly #metrics: Metrics
  readonly #https: Https
  readonly #worker: Worker
  readonly #health: HealthServer
  readonly #shutdown: Shutdown
  #healthPort = 0

  constructor(options: LauncherOptions) {
    const { log, clock = systemClock, exit } = options
    const identity = tlsIdentity(options.credentials)
    const engine = options.engine ?? new DockerEngine(options.config.engineAddress)
    this.#options = options
    this.#clock = clock
    this.#lifecycle = new Lifecycle(log)
    this.#metrics = this.#makeMetrics()
    this.#https = new Https({ endpoint: options.credentials.token.api.endpoint, identity, clock })
    this.#worker = this.#makeWorker(engine, identity)
    this.#health = this.#makeHealth(engine)
    this.#shutdown = new Shutdown({
      drain: (why) => this.#worker.drain(why),
      interrupt: (why) => this.#worker.interrupt(why),
      exit,
    })
  }

  /** Works until it is told to stop; resolves after a clean end. Rejects with CONFIGURATION or ENGINE_TOO_OLD if it cannot work, and for bugs. */
  async run(): Promise<void> {
    let lock: DirectoryLock | null = null
    try {
      lock = await DirectoryLock.take(this.#options.config.directory)
      this.#healthPort = await this.#health.listen()
      await this.#worker.run()
    } catch (error) {
      this.#lifecycle.move('failed', error instanceof Error ? error.message : 'unknown')
      throw error
    } finally {
      this.#health.close()
      await this.#https.close()
      lock?.release()
    }
  }

  /** A signal or another wish to stop: the first drains, the second interrupts, the third ends the process. */
  stop(why: string): void {
    this.#options.log.info({ why }, 'asked to stop')
    this.#shutdown.request(why)
  }

  #makeWorker(engine: Engine, identity: TlsIdentity): Worker {
    const { credentials, config, log } = this.#options
    const { token } = credentials
    const clock = this.#clock
    const session = this.#session
    const file = new WorkerFile(config.directory)
    const api = new HttpsApi({ https: this.#https, session, clock, watcher: this.#callWatcher() })
    // Another way to be reached is chosen here, and nowhere else.
    const channel = new MqttChannel({ endpoint: token.broker.endpoint, identity, session, clock })
    channel.on('malformed', (why) => this.#malformed(why))
    channel.on('offline', () => this.#metrics.disconnected())
    const conductor = this.#options.conductor?.(api) ?? this.#makeConductor(engine, api)
    const enrolment = this.#makeEnrolment(api, file)
    const ready = (worker: string) => log.info({ worker, healthPort: this.#healthPort }, 'launcher ready')
    return new Worker({
      engine,
      api,
      channel,
      enrolment,
      session,
      file,
      conductor,
      lifecycle: this.#lifecycle,
      clock,
      log,
      ready,
    })
  }

  #makeEnrolment(api: HttpsApi, file: WorkerFile): Enrolment {
    const { credentials, config, version, log } = this.#options
    const { metadata } = config
    const about = { launcher: { version }, instance: ulid(), metadata, pool: credentials.token.pool.id }
    return new Enrolment({
      api,
      session: this.#session,
      file,
      clock: this.#clock,
      about,
      retrying: ({ error, delayMs }) => log.warn({ ...inShort(error), nextMs: delayMs }, 'cannot register yet'),
    })
  }

  #makeConductor(engine: Engine, control: JobControl): Conductor {
    const { config, credentials, version, log } = this.#options
    const clock = this.#clock
    const directory = join(config.directory, 'binaries')
    const binaries = new ToolBinaries({ directory, mirror: config.toolMirror, clock })
    const settings = runSettings(config, version)
    return new Conductor({
      engine,
      control,
      openLog: jobLogs(clock),
      binaries,
      tools: tools(),
      keys: credentials.keys,
      clock,
      log,
      settings,
    })
  }

  #makeMetrics(): Metrics {
    return new Metrics({
      state: () => this.#lifecycle.state,
      busy: () => this.#worker.standing.job !== null,
      heartbeatAgeMs: () => this.#worker.heartbeatAgeMs,
      certificateExpiresAt: this.#options.credentials.expiresAt,
      version: this.#options.version,
    })
  }

  #makeHealth(engine: Engine): HealthServer {
    const view = { engine, lifecycle: this.#lifecycle, session: this.#session, worker: () => this.#worker }
    const expiresAt = this.#options.credentials.expiresAt
    return new HealthServer({
      port: this.#options.config.healthPort,
      checks: () => readiness({ ...view, expiresAt, now: this.#clock.now() }),
      metrics: () => this.#metrics.exposition(),
    })
  }

  #callWatcher(): CallWatcher {
    const { log } = this.#options
    return {
      retrying: (call, { error, failures, delayMs }) => {
        this.#metrics.retried(call)
        log.warn({ ...inShort(error), call, failures, nextMs: delayMs }, 'trying again')
      },
      unknownWorker: () => this.#worker.ring(),
      logSent: (bytes) => this.#metrics.logSent(bytes),
      finished: (result) => this.#metrics.jobFinished(result),
    }
  }

  #malformed(why: string): void {
    this.#metrics.malformedMessage()
    this.#options.log.warn({ why }, 'a message was passed over')
  }
}
