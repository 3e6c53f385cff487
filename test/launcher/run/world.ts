import { generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import type { Job } from '../../../protocol/job.ts'
import type { Outcome } from '../../../protocol/report.ts'
import { Conductor } from '../../../launcher/src/run/conductor.ts'
import type { ConductorParts } from '../../../launcher/src/run/job-in-hand.ts'
import type { Heard, JobLog, OpenLog } from '../../../launcher/src/run/log.ts'
import type { Policy } from '../../../launcher/src/run/policy.ts'
import type { RunSettings } from '../../../launcher/src/run/run.ts'
import type { Binaries, Tool } from '../../../launcher/src/run/tool.ts'
import { MarkReader } from '../../../launcher/src/logs/marks.ts'
import { sampleJob } from '../../fakes/jobs.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'
import { MemoryEngine, type Play, type Stage } from '../../fakes/memory-engine.ts'
import { FakeControl } from './fake-control.ts'

export const worker = '01JD0000000000000000000009'

/** The pool's keys, made once: they take a while. */
export const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })

/** A tool that is not there; plans say by exit code 2 that there are changes. */
export const fakeTool: Tool = {
  name: 'opentofu',
  binary: 'tofu',
  environment: { TOOL: 'yes' },
  commands: async () => ({
    INITIALIZING: 'init',
    PLANNING: 'plan',
    APPLYING: 'apply',
    DESTROYING: 'destroy',
    changesExitCode: 2,
  }),
  ownBackend: (files) => ([...files.values()].some((text) => text.includes('backend "s3"')) ? 's3' : null),
  state: (state, authorityFile) => ({
    environment: { TF_HTTP_ADDRESS: state.address, ...(authorityFile ? { AUTHORITY: authorityFile } : {}) },
    files: [{ path: 'ours_override.tf', text: 'terraform { backend "http" {} }' }],
  }),
  erroredState: 'errored.tfstate',
}

/** The play of a script: marks and text, as the script prints them. */
export interface Scene {
  readonly stage: Stage
  readonly mark: (text: string) => Promise<void>
  /** Where the container's workspace is on the worker. */
  readonly workspace: string
}

export interface WorldOptions {
  readonly play?: (scene: Scene) => Promise<number | { exitCode: number; oomKilled: boolean; error: string }>
  readonly settings?: Partial<RunSettings>
  readonly images?: readonly string[]
  readonly directory?: string
  readonly control?: FakeControl
  readonly engine?: MemoryEngine
  readonly policy?: Policy
  /** Whether logs take nothing more while the control plane is slow; else they take everything. */
  readonly backPressure?: boolean
}

/** What a good script of these phases does. */
export const succeeding =
  (...phases: string[]) =>
  async ({ stage, mark }: Scene) => {
    for (const phase of phases) {
      await mark(`phase ${phase}`)
      await stage.write(`${phase.toLowerCase()}\n`)
      if (phase === 'PLANNING') await mark('changes 1')
    }
    await mark('end 0 done')
    return 0
  }

/** A conductor with fakes around it. */
export class World implements Disposable {
  readonly directory: string
  readonly clock = new ManualClock()
  readonly control: FakeControl
  readonly engine: MemoryEngine
  readonly conductor: Conductor
  readonly parts: ConductorParts
  readonly fetched: string[] = []
  /** The words of the marks of jobs' logs, last one last. */
  readonly words: string[] = []
  /** How many pieces of output came to logs. */
  pieces = 0

  constructor(options: WorldOptions = {}) {
    this.directory = options.directory ?? mkdtempSync(join(tmpdir(), 'launcher-'))
    this.control = options.control ?? new FakeControl()
    const play = options.play ?? succeeding('PERFORMING')
    this.engine =
      options.engine ??
      new MemoryEngine({ play: this.#played(play), ...(options.images ? { images: options.images } : {}) })
    this.parts = {
      engine: this.engine,
      control: this.control,
      binaries: this.#binaries(),
      tools: new Map([
        ['opentofu', fakeTool],
        ['custom', { ...fakeTool, name: 'custom', binary: null, state: () => null, erroredState: null }],
      ]),
      keys,
      openLog: this.#openLog(options.backPressure ?? false),
      policy: options.policy ?? null,
      clock: this.clock,
      log: pino({ level: 'silent' }),
      settings: { ...defaultSettings, directory: this.directory, ...options.settings },
    }
    this.conductor = new Conductor(this.parts)
  }

  /** Gives the worker a job. */
  job(changes: Partial<Job> = {}): Job {
    const job = sampleJob(worker, { tool: { name: 'opentofu', version: null }, ...changes })
    this.control.jobs.set(job.id, job)
    return job
  }

  /** Conducts a job to its end and answers what was reported of it. */
  async conduct(job: Job, signal = new AbortController().signal): Promise<Outcome | null> {
    await this.conductor.conduct(job.id, signal)
    return this.outcome
  }

  get outcome(): Outcome | null {
    const last = this.control.reports.at(-1)
    return last?.kind === 'finished' ? last.outcome : null
  }

  /** Everything of jobs that is on disk. */
  get leftovers(): string[] {
    return ['jobs', 'journal'].flatMap((name) => {
      const path = join(this.directory, name)
      return existsSync(path) ? readdirSync(path).map((entry) => `${name}/${entry}`) : []
    })
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true })
  }

  #played(play: NonNullable<WorldOptions['play']>): Play {
    return (stage) => {
      const workspace = stage.plan.mounts.find(({ target }) => target === '/mnt/workspace')?.source ?? ''
      const mark = (text: string) => stage.write(`\x1e${this.words.at(-1)} ${text}\x1e`)
      return play({ stage, mark, workspace })
    }
  }

  #binaries(): Binaries {
    return {
      directory: async (tool, version, { progress }) => {
        progress('half of it')
        this.fetched.push(`${tool.name} ${version}`)
        return `/binaries/${tool.name}/${version}`
      },
    }
  }

  #openLog(backPressure: boolean): OpenLog {
    return (parts) => {
      this.words.push(parts.word)
      return new PlainLog(parts, { backPressure, heard: () => (this.pieces += 1) })
    }
  }
}

const defaultSettings: RunSettings = {
  directory: '',
  defaultImage: 'default:1',
  allowedImageHosts: null,
  authorities: [],
  pullPolicy: 'if-not-present',
  network: 'bridge',
  runtime: null,
  memoryBytes: 512 * 1024 * 1024,
  cpus: 1,
  pids: 100,
  passed: [],
  masked: [],
  mounts: [],
  runTimeoutMs: 4_200_000,
  logsTimeoutMs: 420_000,
  graces: { interruptMs: 30_000, terminateMs: 10_000, killMs: 10_000 },
  debug: false,
  launcherVersion: '0',
}

interface PlainLogHow {
  readonly backPressure: boolean
  /** Called with each piece of output. */
  readonly heard: () => void
}

/** A log that keeps everything until it is sent, and masks nothing. */
class PlainLog implements JobLog {
  readonly #parts: Parameters<OpenLog>[0]
  readonly #reader: MarkReader
  #turn: Promise<unknown> = Promise.resolve()
  length: number
  readonly lostBytes = 0
  mask(): void {}

  readonly #how: PlainLogHow

  constructor(parts: Parameters<OpenLog>[0], how: PlainLogHow) {
    this.#parts = parts
    this.#how = how
    this.#reader = new MarkReader(parts.word)
    this.length = parts.offset
  }

  async line(text: string): Promise<void> {
    this.#parts.signal.throwIfAborted()
    this.#send(Buffer.from(`[run] ${text}\n`))
  }

  async output(chunk: Uint8Array, heard: Heard): Promise<void> {
    this.#parts.signal.throwIfAborted()
    this.#how.heard()
    for (const piece of this.#reader.read(chunk)) {
      if ('text' in piece) this.#send(piece.text)
      else heard({ text: piece.mark, offset: this.length })
    }
    if (this.#how.backPressure) await this.#turn
  }

  async endOutput(): Promise<void> {}

  async breakOff(_: Heard, noted: (length: number) => Promise<void>): Promise<void> {
    await this.#turn
    await noted(this.length)
  }

  unsent() {
    return { offset: this.length, bytes: new Uint8Array() }
  }

  async flush(): Promise<void> {
    await this.#turn
  }

  #send(bytes: Uint8Array): void {
    const offset = this.length
    this.length += bytes.byteLength
    this.#turn = this.#turn.then(() => this.#parts.send({ offset, bytes }, this.#parts.signal)).catch(() => {})
  }
}
