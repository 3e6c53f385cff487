import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { RunType } from '../../../protocol/job.ts'
import type { Outcome, Report } from '../../../protocol/report.ts'
import type { Results } from '../../../protocol/results.ts'
import type { Registered } from '../../../protocol/worker.ts'
import type { Bell, Caller } from '../../../mothership/src/api/services.ts'
import type { Clock } from '../../../mothership/src/base/clock.ts'
import type { Objects, StoredObject } from '../../../mothership/src/objects/objects.ts'
import { Assignment } from '../../../mothership/src/runs/assign.ts'
import { Jobs } from '../../../mothership/src/runs/jobs.ts'
import { Leases } from '../../../mothership/src/runs/leases.ts'
import { RunLogs } from '../../../mothership/src/runs/logs.ts'
import type { JobParts } from '../../../mothership/src/runs/parts.ts'
import type { ResultsOf } from '../../../mothership/src/runs/parts.ts'
import { Runs } from '../../../mothership/src/runs/runs.ts'
import { Sweep } from '../../../mothership/src/runs/sweep.ts'
import { Transfers } from '../../../mothership/src/runs/transfers.ts'
import { RunWork } from '../../../mothership/src/runs/work.ts'
import type { OpenStack, StackSnapshot } from '../../../mothership/src/stacks/snapshot.ts'
import { Store, type Tables } from '../../../mothership/src/store/store.ts'
import type { Records } from '../../../mothership/src/workers/parts.ts'
import { Pulse } from '../../../mothership/src/workers/pulse.ts'
import { Workers } from '../../../mothership/src/workers/workers.ts'

export const leaseSeconds = 60
export const person = { id: 'api::01', name: 'Ada' }

/** Time that moves when told. */
export class ManualClock implements Clock {
  #now = 1_700_000_000_000
  now(): number {
    return this.#now
  }
  advance(ms: number): void {
    this.#now += ms
  }
  sleep(): Promise<void> {
    return Promise.reject(new Error('nobody sleeps here'))
  }
}

/** ULIDs that count. */
export function countingIds(): () => string {
  let count = 0
  return () => `01${(count++).toString(10).padStart(24, '0')}`
}

export async function bytesOf(content: Readable): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of content) chunks.push(chunk as Uint8Array)
  return Buffer.concat(chunks)
}

/**
 * Objects in memory, by the contract of objects.ts. `tear`: the next append is written in part, as by a crash. `beforeAppend`: what an
 * append waits for; a disk is not always equally fast.
 */
export class MemoryObjects implements Objects {
  readonly kept = new Map<string, Buffer>()
  tear = false
  beforeAppend: (bytes: Uint8Array) => Promise<unknown> = () => Promise.resolve()

  async put(key: string, content: Readable): Promise<StoredObject> {
    const bytes = await bytesOf(content)
    this.kept.set(key, bytes)
    return { length: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
  }

  async append(key: string, offset: number, bytes: Uint8Array): Promise<number> {
    await this.beforeAppend(bytes)
    const present = this.kept.get(key) ?? Buffer.alloc(0)
    if (present.length < offset) throw new Error(`append to ${key} at ${offset}, it has ${present.length}`)
    const torn = this.tear
    this.tear = false
    const fresh = torn ? bytes.subarray(0, Math.ceil(bytes.byteLength / 2)) : bytes
    this.kept.set(key, Buffer.concat([present.subarray(0, offset), fresh]))
    if (torn) throw new Error('torn')
    return offset + bytes.byteLength
  }

  async read(key: string, range: { start?: number; end?: number } = {}): Promise<Readable | null> {
    const present = this.kept.get(key)
    return present ? Readable.from([present.subarray(range.start ?? 0, range.end)]) : null
  }

  async length(key: string): Promise<number | null> {
    return this.kept.get(key)?.length ?? null
  }

  async remove(key: string): Promise<void> {
    this.kept.delete(key)
  }
}

function mortal(objects: Objects, alive: () => void): Objects {
  return {
    put: (key, content) => (alive(), objects.put(key, content)),
    append: async (key, offset, bytes) => (alive(), objects.append(key, offset, bytes)),
    read: (key, range) => objects.read(key, range),
    length: (key) => objects.length(key),
    remove: async (key) => (alive(), objects.remove(key)),
  }
}

/** Where the next transactions fail: with everything undone, or committed with the answer lost. */
export type Fault = 'undone' | 'answer-lost'

export class Injected extends Error {}

/** A stack as a run needs it. */
export function snapshotOf(id: string, changes: Partial<OpenStack> = {}): StackSnapshot {
  return {
    id,
    name: id,
    description: null,
    labels: ['a label'],
    space: 'root',
    tool: { name: 'opentofu', version: null },
    image: null,
    projectRoot: '',
    source: { kind: 'none' },
    environment: [],
    files: [],
    hooks: {},
    autodeploy: false,
    state: 'unless-configured',
    ...changes,
    sealedUrl: null,
  }
}

/** A mothership's workers and runs on a real database, with time, objects and the bell in the test's hand. */
export class World implements AsyncDisposable {
  readonly clock = new ManualClock()
  readonly objects = new MemoryObjects()
  readonly rung: { worker: string; job: string | undefined }[] = []
  readonly warnings: { what: string; error: unknown }[] = []
  readonly rescued: { stack: string; run: string; content: string }[] = []
  readonly results: { about: ResultsOf; results: Results }[] = []
  readonly newId = countingIds()
  faults: Fault[] = []
  readonly #directory = mkdtempSync(join(tmpdir(), 'spacelift-runs-'))
  #store!: Store
  pulse!: Pulse
  assignment!: Assignment
  workers!: Workers
  runs!: Runs
  jobs!: Jobs
  sweep!: Sweep

  static async open(): Promise<World> {
    const world = new World()
    await world.start()
    return world
  }

  async start(): Promise<void> {
    const opened = await Store.open(join(this.#directory, 'mothership.db'))
    this.#store = opened
    const { clock, newId } = this
    // What an ended process still has in flight ends with it.
    const alive = () => {
      if (this.#store !== opened) throw new Injected('this process is dead')
    }
    const store: Records = {
      read: (work) => opened.read(work),
      transaction: (work) => this.#transaction(opened, work),
    }
    const objects = mortal(this.objects, alive)
    const bell: Bell = { ring: (worker: Caller, job) => void this.rung.push({ worker: worker.worker, job }) }
    const warn = (error: unknown, what: string) => void this.warnings.push({ what, error })
    this.pulse = new Pulse(clock, leaseSeconds * 1000)
    const parts: JobParts = {
      store,
      clock,
      bell,
      pulse: this.pulse,
      newId,
      warn,
      objects,
      openSnapshot: (stack) => {
        if (stack.description === 'cannot be opened') throw new Error('sealed')
        return stack
      },
      stateAccess: (stack, run) => ({
        address: `https://m/state/${stack}`,
        username: run,
        password: 'word',
        authority: null,
      }),
      proveIdentity: (run, job) => `token of ${run.id} in ${job.id} at ${job.createdAt}`,
      account: 'm',
      sources: { read: async (id) => Readable.from([Buffer.from(`source ${id}`)]) },
      results: { keep: async (_tables, about, results) => void this.results.push({ about, results }) },
      states: {
        rescue: async (stack, run, content) => {
          const bytes = await bytesOf(content)
          this.rescued.push({ stack, run, content: bytes.toString() })
          return { length: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
        },
      },
    }
    this.assignment = new Assignment(parts)
    const work = new RunWork(this.assignment, clock)
    const transfers = new Transfers(parts)
    this.workers = new Workers({ ...parts, work, heartbeatSeconds: 10, leaseSeconds })
    this.runs = new Runs(parts, this.assignment, new RunLogs(store, objects))
    this.jobs = new Jobs(parts, this.assignment, transfers)
    const leases = new Leases({ ...parts, leaseMs: leaseSeconds * 1000 })
    this.sweep = new Sweep({ ...parts, leases, assignment: this.assignment, transfers, intervalMs: 5000 })
  }

  async #transaction<T>(store: Store, work: (tables: Tables) => Promise<T>): Promise<T> {
    const fault = this.faults.shift()
    const result = await store.transaction(async (tables) => {
      const done = await work(tables)
      if (fault === 'undone') throw new Injected('undone')
      return done
    })
    if (fault === 'answer-lost') throw new Injected('answer lost')
    return result
  }

  read<T>(work: (tables: Tables) => Promise<T>): Promise<T> {
    return this.#store.read(work)
  }

  write<T>(work: (tables: Tables) => Promise<T>): Promise<T> {
    return this.#store.transaction(work)
  }

  /** What a crash leaves: the database's file and the objects. */
  async restart(): Promise<void> {
    const ended = this.#store
    this.faults = []
    await this.start()
    await ended.close()
  }

  async pool(name = 'p'): Promise<string> {
    const id = this.newId()
    const times = { createdAt: 0, updatedAt: 0, certificateExpiresAt: 0 }
    const pool = { id, name, description: null, labels: [], space: 'root', driftDetectionRunLimit: null }
    await this.write((tables) => tables.pools.insert({ ...pool, ...times, certificate: '', fingerprint: id }))
    return id
  }

  async stack(pool: string | null, id: string, changes: Partial<OpenStack> = {}): Promise<string> {
    const snapshot = snapshotOf(id, changes)
    await this.write((tables) => tables.stacks.insert({ id, pool, snapshot, createdAt: 0, updatedAt: 0 }))
    return id
  }

  /** A worker that is there. */
  async worker(
    pool: string,
    more: { instance?: string; resume?: { worker: string; session: string } } = {},
  ): Promise<TestWorker> {
    const registered = await this.workers.register(pool, {
      protocol: { major: 1, minor: 0 },
      launcher: { version: 'test' },
      instance: more.instance ?? this.newId(),
      metadata: { instance_id: 'i' },
      ...(more.resume ? { resume: more.resume } : {}),
    })
    return new TestWorker(this, registered)
  }

  trigger(stack: string, type: RunType, more: object = {}) {
    return this.runs.trigger({ stack, type, ...(type === 'TASK' ? { command: 'true' } : {}), ...more }, person)
  }

  async state(run: string): Promise<string | undefined> {
    return (await this.runs.get(run))?.state
  }

  /** The states that a run went through, oldest first. */
  async course(run: string): Promise<string[]> {
    return (await this.runs.history(run)).map((line) => line.state).reverse()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store.close()
    rmSync(this.#directory, { recursive: true, force: true })
  }
}

/** A launcher that does what the test says. */
export class TestWorker {
  readonly #world: World
  readonly registered: Registered
  readonly caller: Caller
  #sequence = 0
  #log = 0

  constructor(world: World, registered: Registered) {
    this.#world = world
    this.registered = registered
    this.caller = { pool: registered.pool, worker: registered.worker }
  }

  get id(): string {
    return this.caller.worker
  }

  async orders() {
    return this.#world.workers.orders(this.caller)
  }

  async job(): Promise<string> {
    const { job } = await this.orders()
    if (!job) throw new Error(`worker ${this.id} has no job`)
    return job.id
  }

  heartbeat(job: string | null = null, draining = false) {
    return this.#world.workers.heartbeat(this.caller, { job, draining, sentAt: this.#world.clock.now() })
  }

  /** Takes the job that it was given up to its start. */
  async start(claim = this.#world.newId()): Promise<string> {
    const job = await this.job()
    this.#sequence = 0
    this.#log = 0
    await this.#world.jobs.start(this.caller, job, claim)
    return job
  }

  phase(job: string, phase: Extract<Report, { kind: 'phase' }>['phase'], logOffset = this.#log): Promise<void> {
    const report = { kind: 'phase', sequence: ++this.#sequence, at: this.#world.clock.now(), phase, logOffset } as const
    return this.#world.jobs.report(this.caller, job, report)
  }

  finish(job: string, outcome: Partial<Outcome> = {}): Promise<void> {
    return this.#world.jobs.report(this.caller, job, this.finished(outcome))
  }

  finished(outcome: Partial<Outcome> = {}, logLength = this.#log): Report {
    const { result = 'succeeded' } = outcome
    const failure = result === 'succeeded' ? null : { code: 'EXITED', fault: 'run' as const, message: 'it broke' }
    return {
      kind: 'finished',
      sequence: ++this.#sequence,
      at: this.#world.clock.now(),
      outcome: { result, changes: null, exitCode: 0, failure, workspace: null, ...outcome },
      logLength,
      lostBytes: 0,
    }
  }

  async log(job: string, text: string): Promise<void> {
    const bytes = Buffer.from(text)
    await this.append(job, this.#log, bytes)
    this.#log += bytes.length
  }

  append(job: string, offset: number, bytes: Uint8Array): Promise<number> {
    const range = { offset, length: bytes.byteLength, sha256: '' }
    return this.#world.jobs.appendLog(this.caller, job, { range, bytes })
  }

  keep(job: string, text = 'sealed') {
    return this.#world.jobs.storeWorkspace(this.caller, job, Readable.from([Buffer.from(text)]))
  }

  /** A whole plan that found changes: the run is UNCONFIRMED after it. */
  async plan(): Promise<string> {
    const job = await this.start()
    await this.phase(job, 'INITIALIZING')
    await this.phase(job, 'PLANNING')
    const workspace = await this.keep(job)
    await this.finish(job, { changes: true, workspace })
    return job
  }
}
