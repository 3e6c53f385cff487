import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'
import { states, type State } from './state.ts'

/** What is read when somebody scrapes. */
export interface Readings {
  readonly state: () => State
  /** Whether a job is in hand. */
  readonly busy: () => boolean
  /** Milliseconds since the last answered heartbeat; null: none yet. */
  readonly heartbeatAgeMs: () => number | null
  /** When the pool's certificate expires, in milliseconds since 1970. */
  readonly certificateExpiresAt: () => number
  /** Whether the own pod does not say yet what it should. */
  readonly markPending: () => boolean
  /** The file systems of launcher and engine; missing: not looked at. */
  readonly disks?: () => readonly DiskReading[]
  readonly version: string
}

/** How full a file system is. */
export interface DiskReading {
  readonly path: string
  readonly availableBytes: number
  readonly usedPercent: number
  readonly usedInodesPercent: number
}

/** The launcher's figures, in a registry of their own. Names are public: they are listed in `launcher/README.md`. */
export class Metrics {
  readonly #registry = new Registry()
  readonly #jobs: Counter<'result'>
  readonly #retries: Counter<'call'>
  readonly #malformed: Counter
  readonly #disconnects: Counter
  readonly #logBytes: Counter
  readonly #credentials: Counter<'result'>
  readonly #marks: Counter<'result'>
  readonly #cleaned: Counter<'what'>

  constructor(readings: Readings) {
    const registers = [this.#registry]
    collectDefaultMetrics({ register: this.#registry })
    gauges(readings, this.#registry)
    const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
      new Counter({ name: `spacelift_launcher_${name}`, help, labelNames, registers })
    this.#jobs = counter('jobs_total', 'Jobs that were reported as finished, by result.', ['result'])
    this.#retries = counter('retries_total', 'Calls to the control plane that were tried again, by call.', ['call'])
    this.#malformed = counter('malformed_messages_total', 'Messages that were passed over.', [])
    this.#disconnects = counter('disconnects_total', 'Connections of the control channel that ended or failed.', [])
    this.#logBytes = counter('log_bytes_total', 'Bytes of job logs that the control plane holds.', [])
    this.#credentials = counter('credential_changes_total', 'Changes of token or key, by what became of them.', [
      'result',
    ])
    this.#marks = counter('pod_mark_calls_total', "Calls that mark the launcher's own pod, by result.", ['result'])
    this.#cleaned = counter('disk_cleaned_total', 'Images, tools and leftovers that made room on a disk, by what.', [
      'what',
    ])
  }

  jobFinished(result: string): void {
    this.#jobs.inc({ result })
  }

  retried(call: string): void {
    this.#retries.inc({ call })
  }

  malformedMessage(): void {
    this.#malformed.inc()
  }

  disconnected(): void {
    this.#disconnects.inc()
  }

  logSent(bytes: number): void {
    this.#logBytes.inc(bytes)
  }

  credentialsChanged(result: 'taken' | 'refused'): void {
    this.#credentials.inc({ result })
  }

  podMarkCalled(result: 'set' | 'failed' | 'refused'): void {
    this.#marks.inc({ result })
  }

  diskCleaned(what: string, count: number): void {
    this.#cleaned.inc({ what }, count)
  }

  /** The text that Prometheus reads, and its content type. */
  async exposition(): Promise<{ readonly type: string; readonly text: string }> {
    return { type: this.#registry.contentType, text: await this.#registry.metrics() }
  }
}

function gauges(readings: Readings, registry: Registry): void {
  const registers = [registry]
  const gauge = (name: string, help: string, read: () => number | null) =>
    new Gauge({
      name: `spacelift_launcher_${name}`,
      help,
      registers,
      collect() {
        this.set(read() ?? Number.NaN)
      },
    })
  gauge('busy', '1 while a job is in hand, else 0.', () => (readings.busy() ? 1 : 0))
  gauge('heartbeat_age_seconds', 'Time since the last answered heartbeat.', () => seconds(readings.heartbeatAgeMs()))
  gauge('certificate_expiry_timestamp_seconds', "When the pool's certificate expires.", () =>
    seconds(readings.certificateExpiresAt()),
  )
  gauge('pod_mark_pending', "1 while the launcher's own pod does not say yet whether it is busy, else 0.", () =>
    readings.markPending() ? 1 : 0,
  )
  diskGauges(readings, registers)
  const info = new Gauge({
    name: 'spacelift_launcher_info',
    help: 'Always 1; its label says which version runs.',
    labelNames: ['version'],
    registers,
  })
  info.set({ version: readings.version }, 1)
  new Gauge({
    name: 'spacelift_launcher_state',
    help: '1 for the state that the launcher is in, 0 for the others.',
    labelNames: ['state'],
    registers,
    collect() {
      for (const state of states) this.set({ state }, state === readings.state() ? 1 : 0)
    },
  })
}

function diskGauges({ disks = () => [] }: Readings, registers: Registry[]): void {
  const gauge = (name: string, help: string, read: (disk: DiskReading) => number) =>
    new Gauge({
      name: `spacelift_launcher_disk_${name}`,
      help,
      labelNames: ['path'],
      registers,
      collect() {
        for (const disk of disks()) this.set({ path: disk.path }, read(disk))
      },
    })
  gauge('used_ratio', 'How full the disk of this directory is, of 1.', (disk) => disk.usedPercent / 100)
  gauge(
    'files_used_ratio',
    'How many of the files are there that the disk can hold, of 1.',
    (disk) => disk.usedInodesPercent / 100,
  )
  gauge('available_bytes', 'How much room the disk of this directory has.', (disk) => disk.availableBytes)
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000
}
