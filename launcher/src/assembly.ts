import { join } from 'node:path'
import { ulid } from 'ulid'
import type { Clock } from './base/clock.ts'
import { inShort, type Logger } from './base/log.ts'
import { Seldom } from './base/seldom.ts'
import type { Config } from './config/options.ts'
import type { ControlChannel } from './control/channel.ts'
import { Https } from './control/https.ts'
import { HttpsApi, type CallWatcher } from './control/https-api.ts'
import { Enrolment } from './control/registration.ts'
import { Session } from './control/session.ts'
import { channels, type ChannelParts } from './control/transport.ts'
import { WorkerFile } from './control/worker-file.ts'
import type { Credentials } from './identity/credentials.ts'
import { jobLogs } from './job-log.ts'
import type { PodMarks } from './kubernetes/pod-marks.ts'
import type { Metrics } from './lifecycle/metrics.ts'
import type { Lifecycle } from './lifecycle/state.ts'
import { standardOutputOf } from './logs/standard-output.ts'
import { markedConductor } from './marked-conductor.ts'
import { Conductor } from './run/conductor.ts'
import type { JobControl } from './run/control.ts'
import type { Engine } from './run/engine.ts'
import { NotingBinaries } from './noting-binaries.ts'
import { apiEndpointOf, controlIdentityOf, outboundOf } from './outbound.ts'
import type { PassedEnv } from './passed-env.ts'
import type { Policy } from './run/policy.ts'
import { runSettings } from './run-settings.ts'
import { readRuntimeConfig } from './tools/runtime-config.ts'
import { tools } from './tools/tools.ts'
import type { Stay } from './stay.ts'
import type { WorkerParts } from './worker-parts.ts'
import { Worker } from './worker.ts'

/** What a worker is made from. It outlives the worker: with other credentials another one is made. */
export interface AssemblyParts {
  readonly config: Config
  /** What of the launcher's environment concerns jobs; missing: nothing. */
  readonly passedEnv?: PassedEnv
  readonly version: string
  readonly log: Logger
  readonly clock: Clock
  readonly engine: Engine
  readonly lifecycle: Lifecycle
  readonly metrics: Metrics
  /** The own pod's; null: there is none to be marked. */
  readonly marks: PodMarks | null
  /** Says how long the launcher stays by its own doing. */
  readonly stay: Pick<Stay, 'entry' | 'guarded'>
  /** Says which runs may start; null or missing: all. */
  readonly policy?: Policy | null
  /** Called when the worker is ready for the first time. */
  readonly ready: (worker: string) => void
  /** What a test puts in place of the running of jobs. */
  readonly conductor?: (control: JobControl) => WorkerParts['conductor']
}

/** Where credentials end: everything that shows them, or trusts because of them. */
export interface Assembled {
  readonly credentials: Credentials
  readonly session: Session
  readonly worker: Worker
  /** Ends all connections of it. */
  readonly close: () => void
}

/** Puts a worker together by hand, for one pair of credentials. With `launcher.ts` the only file that names adapters. */
export function assemble(parts: AssemblyParts, credentials: Credentials): Assembled {
  const { config, log, clock, metrics } = parts
  const identity = controlIdentityOf(config, credentials)
  const session = new Session()
  const file = new WorkerFile(config.directory)
  const { proxy } = outboundOf(config)
  const https = new Https({ endpoint: apiEndpointOf(config, credentials.token), identity, clock, proxy })
  const watcher = watchCalls({ metrics, log, ring: () => worker.ring() })
  const api = new HttpsApi({ https, session, clock, watcher })
  const { endpoint } = credentials.token.broker
  const channel = makeChannel(parts, { endpoint, identity, proxy, session, api, clock })
  const enrolment = makeEnrolment(parts, { api, session, file, pool: credentials.token.pool.id })
  const unmarked = parts.conductor?.(api) ?? makeConductor(parts, credentials, api)
  const conductor = parts.stay.guarded(parts.marks ? markedConductor(unmarked, parts.marks) : unmarked)
  const entered = { register: (signal: AbortSignal) => parts.stay.entry(signal).then(() => enrolment.register(signal)) }
  const worker = new Worker({ ...parts, api, channel, enrolment: entered, session, file, conductor })
  return { credentials, session, worker, close: () => https.close() }
}

function makeChannel({ config, log, metrics }: AssemblyParts, channelParts: ChannelParts): ControlChannel {
  const channel = channels[config.transport](channelParts)
  channel.on('malformed', (why) => {
    metrics.malformedMessage()
    log.warn({ why }, 'a message was passed over')
  })
  channel.on('offline', () => metrics.disconnected())
  return channel
}

function makeEnrolment(
  { config, version, clock, log }: AssemblyParts,
  about: { readonly api: HttpsApi; readonly session: Session; readonly file: WorkerFile; readonly pool: string },
): Enrolment {
  const { api, session, file, pool } = about
  // A new instance each time: what the control plane told the one before, such as to leave a pool that was reset, is not meant for this one.
  const self = { launcher: { version }, instance: ulid(), metadata: config.metadata, pool }
  const seldom = new Seldom(clock)
  return new Enrolment({
    api,
    session,
    file,
    clock,
    about: self,
    retrying: ({ error, delayMs: nextMs }) =>
      seldom.say((unsaid) => log.warn({ ...inShort(error), nextMs, unsaid }, 'cannot register yet')),
  })
}

function makeConductor(parts: AssemblyParts, { keys }: Credentials, control: JobControl): Conductor {
  const { config, version, log, clock, engine, policy = null } = parts
  const directory = join(config.directory, 'binaries')
  const source = { mirror: config.toolMirror, signatures: config.toolSignatures }
  const binaries = new NotingBinaries({ directory, ...source, clock, outbound: outboundOf(config) })
  const settings = runSettings(config, version, parts.passedEnv)
  const openLog = jobLogs({ clock, copyTo: config.logsOnStandardOutput ? standardOutputOf(clock) : null })
  const reads = { tools: tools(), readRuntimeConfig }
  return new Conductor({ engine, control, openLog, binaries, ...reads, keys, policy, clock, log, settings })
}

function watchCalls({
  metrics,
  log,
  ring,
}: Pick<AssemblyParts, 'metrics' | 'log'> & { readonly ring: () => void }): CallWatcher {
  return {
    retrying: (call, { error, failures, delayMs }) => {
      metrics.retried(call)
      log.warn({ ...inShort(error), call, failures, nextMs: delayMs }, 'trying again')
    },
    unknownWorker: ring,
    logSent: (bytes) => metrics.logSent(bytes),
    finished: (result) => metrics.jobFinished(result),
  }
}
