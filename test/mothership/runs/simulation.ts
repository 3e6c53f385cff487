import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { RunType } from '../../../protocol/job.ts'
import type { Report } from '../../../protocol/report.ts'
import type { Orders, Registered } from '../../../protocol/worker.ts'
import { Refusal } from '../../../mothership/src/base/errors.ts'
import { isTerminal, type RunState } from '../../../mothership/src/runs/states.ts'
import { breachesOf, historyBreaches } from './invariants.ts'
import { type Fault, person, World } from './world.ts'

/*
 * Launchers, people, time and crashes against a mothership, one random step after the other or several at once. Launchers behave as the
 * protocol wants it: they write down what they do before they do it, repeat what was not answered, and drop a job that is lost.
 */

export type Network = 'well' | 'lost' | 'answer-lost' | 'doubled' | 'late'

/** What happens next. `who` and `which` choose among what is there, `whim` decides what is left open. */
export interface Step {
  readonly kind:
    | 'launcher'
    | 'heartbeat'
    | 'launcher-crash'
    | 'volume-lost'
    | 'journal-lost'
    | 'will'
    | 'goodbye'
    | 'trigger'
    | 'decide'
    | 'interrupt'
    | 'cancel'
    | 'retry'
    | 'prioritize'
    | 'drain'
    | 'undrain'
    | 'cycle'
    | 'time'
    | 'sweep'
    | 'restart'
    | 'fault'
    | 'torn-write'
    | 'late-delivery'
  readonly who: number
  readonly which: number
  readonly whim: number
  readonly network: Network
}

/** What a launcher has on its volume about the job in hand. */
interface Hand {
  readonly job: string
  readonly claim: string
  run: string
  stretch: string
  phases: readonly string[]
  pauses: boolean
  started: boolean
  sequence: number
  phase: number
  log: Buffer
  sent: number
  stopped: boolean
  outbox: Report | null
}

class Unanswered extends Error {}

class Launcher {
  readonly pool: string
  instance: string
  registered: Registered | null = null
  /** On the volume. */
  identity: { worker: string; session: string } | null = null
  hand: Hand | null = null
  /** Jobs that it was refused the start of: it takes them no second time. */
  readonly refused = new Set<string>()
  busy = false
  draining = false

  constructor(pool: string, instance: string) {
    this.pool = pool
    this.instance = instance
  }
}

const types: readonly RunType[] = ['PROPOSED', 'TRACKED', 'TRACKED', 'TASK', 'DESTROY']

export class Simulation {
  readonly world: World
  readonly launchers: Launcher[] = []
  readonly runs: { id: string; stack: string }[] = []
  /** Claims that were answered with the permission to start, by job. */
  readonly granted = new Map<string, Set<string>>()
  /** Containers that were started, by run and stretch. */
  readonly started = new Map<string, number>()
  /** Workers of which a person was told that they are drained and not busy. */
  readonly drained = new Set<string>()
  readonly logs = new Map<string, Buffer>()
  readonly #pools: readonly string[]
  readonly #late: (() => Promise<unknown>)[] = []
  #disturbed = false
  #wishing = false

  private constructor(world: World, pools: readonly string[]) {
    this.world = world
    this.#pools = pools
  }

  static async open(): Promise<Simulation> {
    const world = await World.open()
    const pools = [await world.pool('one'), await world.pool('two')]
    const [one = '', two = ''] = pools
    await world.stack(one, 'asks')
    await world.stack(one, 'applies', { autodeploy: true })
    await world.stack(two, 'elsewhere')
    const simulation = new Simulation(world, pools)
    for (const pool of [one, one, one, two]) simulation.launchers.push(new Launcher(pool, world.newId()))
    return simulation
  }

  async take(step: Step): Promise<void> {
    try {
      await this.#act(step)
    } catch (error) {
      // What a caller sees of lost calls, refusals, injected faults and a database that closed under it: its call failed.
      if (isBug(error)) throw error
      this.#disturbed ||= !(error instanceof Refusal || error instanceof Unanswered)
    }
  }

  #act(step: Step): Promise<unknown> {
    const acts: Record<Step['kind'], () => Promise<unknown>> = {
      launcher: () => this.#launcherStep(step),
      heartbeat: () => this.#exclusively(step, (launcher) => this.#heartbeat(launcher, step)),
      'launcher-crash': () => this.#exclusively(step, async (launcher) => this.#crash(launcher)),
      'volume-lost': () => this.#exclusively(step, async (launcher) => this.#loseVolume(launcher)),
      'journal-lost': () => this.#exclusively(step, async (launcher) => this.#loseJournal(launcher)),
      will: () => this.#will(step),
      goodbye: () => this.#exclusively(step, (launcher) => this.#goodbye(launcher, step)),
      trigger: () => this.#trigger(step),
      decide: () =>
        this.#onRun(step, (run, stack) =>
          step.whim % 4 ? this.#confirm(run, stack) : this.world.runs.discard(stack, run, person),
        ),
      interrupt: () =>
        this.#onRun(step, (run, stack) =>
          step.whim % 2 ? this.world.runs.stop(stack, run, person) : this.world.runs.kill(stack, run, person),
        ),
      cancel: () => this.#onRun(step, (run, stack) => this.world.runs.cancel(stack, run, person)),
      retry: () => this.#onRun(step, async (run, stack) => this.#note(await this.world.runs.retry(stack, run, person))),
      prioritize: () => this.#onRun(step, (run, stack) => this.world.runs.prioritize(stack, run, step.whim % 2 === 0)),
      drain: () => this.#wish(step, true),
      undrain: () => this.#wish(step, false),
      cycle: () => this.world.workers.cycle(this.#pools[step.which % 2] ?? '', person),
      time: async () => this.world.clock.advance((step.whim % 90) * 1000),
      sweep: () => this.#sweep(),
      restart: () => this.#restart(),
      fault: async () => void this.world.faults.push(...faultsOf(step)),
      'torn-write': async () => void (this.world.objects.tear = true),
      'late-delivery': async () => this.#late.splice(step.which % Math.max(this.#late.length, 1), 1)[0]?.(),
    }
    return acts[step.kind]()
  }

  async #restart(): Promise<void> {
    await this.world.restart()
    // Afterwards: a sweep beside it was of the mothership before, and every lease has begun anew since.
    this.#disturbed = true
  }

  async #sweep(): Promise<void> {
    this.world.warnings.length = 0
    this.#disturbed = false
    await this.world.sweep.once()
  }

  /** A call over a bad network. */
  async #call<T>(network: Network, send: () => Promise<T>): Promise<T> {
    if (network === 'lost') throw new Unanswered()
    if (network === 'late') {
      this.#late.push(send)
      throw new Unanswered()
    }
    if (network === 'doubled') await this.#sendBefore(send)
    const answer = await send()
    if (network === 'answer-lost') throw new Unanswered()
    return answer
  }

  async #sendBefore(send: () => Promise<unknown>): Promise<void> {
    try {
      await send()
    } catch (error) {
      this.#disturbed ||= !(error instanceof Refusal)
    }
  }

  async #exclusively(step: Step, act: (launcher: Launcher) => Promise<unknown>): Promise<void> {
    const launcher = this.launchers[step.who % this.launchers.length]
    if (!launcher || launcher.busy) return
    launcher.busy = true
    try {
      await act(launcher)
    } finally {
      launcher.busy = false
    }
  }

  #launcherStep(step: Step): Promise<void> {
    return this.#exclusively(step, (launcher) => this.#live(launcher, step))
  }

  /** The next thing that a launcher does. */
  async #live(launcher: Launcher, step: Step): Promise<void> {
    const { registered, hand } = launcher
    if (registered === null) return this.#register(launcher, step)
    if (hand === null) return this.#fetch(launcher, step)
    try {
      await this.#work(launcher, hand, step)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      if (error.code === 'unknown-worker') launcher.registered = null
      else if (error.code === 'job-lost' || error.code === 'already-started') this.#drop(launcher, hand)
      else if (error.code === 'log-incomplete') hand.sent = error.held ?? 0
      else throw error
    }
  }

  #drop(launcher: Launcher, hand: Hand): void {
    launcher.refused.add(hand.job)
    launcher.hand = null
  }

  async #register(launcher: Launcher, { network }: Step): Promise<void> {
    const { instance, identity, pool } = launcher
    const registration = {
      protocol: { major: 1, minor: 0 },
      launcher: { version: 'simulated' },
      instance,
      metadata: {},
      ...(identity ? { resume: identity } : {}),
    }
    const registered = await this.#call(network, () => this.world.workers.register(pool, registration))
    if (identity && registered.worker !== identity.worker) launcher.hand = null
    launcher.registered = registered
    launcher.identity = { worker: registered.worker, session: registered.session }
    launcher.draining = false
  }

  async #fetch(launcher: Launcher, { network }: Step): Promise<void> {
    const caller = this.#caller(launcher)
    try {
      await this.#obey(launcher, await this.#call(network, () => this.world.workers.orders(caller)))
    } catch (error) {
      if (error instanceof Refusal && error.code === 'unknown-worker') launcher.registered = null
      else throw error
    }
  }

  async #heartbeat(launcher: Launcher, { network, whim }: Step): Promise<void> {
    if (launcher.registered === null) return
    if (whim % 17 === 0) launcher.draining = !launcher.draining
    const caller = this.#caller(launcher)
    const beat = { job: launcher.hand?.job ?? null, draining: launcher.draining, sentAt: this.world.clock.now() }
    try {
      await this.#obey(launcher, await this.#call(network, () => this.world.workers.heartbeat(caller, beat)))
    } catch (error) {
      if (error instanceof Refusal && error.code === 'unknown-worker') launcher.registered = null
      else throw error
    }
  }

  async #obey(launcher: Launcher, orders: Orders): Promise<void> {
    const { job, leave } = orders
    if (leave !== null) return this.#loseVolume(launcher)
    if (job === null || launcher.hand?.job !== job.id) launcher.hand = null
    if (job !== null) this.#obeyJob(launcher, job)
  }

  #obeyJob(launcher: Launcher, job: NonNullable<Orders['job']>): void {
    if (!launcher.draining && !launcher.refused.has(job.id)) launcher.hand ??= this.#take(job.id)
    if (launcher.hand && job.stop) launcher.hand.stopped = true
  }

  #take(job: string): Hand {
    return {
      job,
      claim: this.world.newId(),
      run: '',
      stretch: '',
      phases: [],
      pauses: false,
      started: false,
      sequence: 0,
      phase: 0,
      log: Buffer.alloc(0),
      sent: 0,
      stopped: false,
      outbox: null,
    }
  }

  async #work(launcher: Launcher, hand: Hand, step: Step): Promise<void> {
    if (hand.phases.length === 0) return this.#document(launcher, hand, step)
    if (!hand.started) return this.#start(launcher, hand, step)
    if (hand.outbox === null) await this.#proceed(launcher, hand, step)
    // Now and then it reports before its log is there, which must not be believed.
    if (hand.sent < hand.log.length && step.whim % 5 !== 0) await this.#ship(launcher, hand, step)
    const report = hand.outbox
    if (report === null) return
    await this.#call(step.network, () => this.world.jobs.report(this.#caller(launcher), hand.job, report))
    hand.outbox = null
    if (report.kind === 'finished') launcher.hand = null
  }

  async #document(launcher: Launcher, hand: Hand, { network }: Step): Promise<void> {
    const document = await this.#call(network, () => this.world.jobs.document(this.#caller(launcher), hand.job))
    hand.run = document.run
    hand.phases = document.phases
    hand.pauses = document.pause
    hand.stretch = document.continues === null ? 'first' : 'apply'
    if (document.worker !== launcher.registered?.worker) throw new Error('the document of another worker')
  }

  async #start(launcher: Launcher, hand: Hand, { network }: Step): Promise<void> {
    const caller = this.#caller(launcher)
    await this.#call(network, async () => {
      await this.world.jobs.start(caller, hand.job, hand.claim)
      this.granted.set(hand.job, (this.granted.get(hand.job) ?? new Set()).add(hand.claim))
    })
    hand.started = true
    const key = `${hand.run} ${hand.stretch}`
    this.started.set(key, (this.started.get(key) ?? 0) + 1)
  }

  /** What the container does next: it writes, goes into its next phase, or ends. */
  async #proceed(launcher: Launcher, hand: Hand, { whim }: Step): Promise<void> {
    hand.log = Buffer.concat([hand.log, Buffer.from(`${hand.job} ${hand.sequence} ${'é'.repeat(whim % 5)}\n`)])
    this.logs.set(hand.job, hand.log)
    const at = this.world.clock.now()
    const ends = hand.stopped || (whim % 11 === 0 && hand.phase > 0)
    const phase = ends ? undefined : hand.phases[hand.phase]
    hand.sequence += 1
    const sequence = hand.sequence
    if (phase !== undefined) {
      hand.phase += 1
      const report = { kind: 'phase', sequence, at, phase, logOffset: hand.log.length } as Report
      hand.outbox = report
      return
    }
    hand.outbox = { kind: 'finished', sequence, at, ...(await this.#outcome(launcher, hand, whim)) } as Report
  }

  async #outcome(launcher: Launcher, hand: Hand, whim: number) {
    const common = {
      exitCode: null,
      workspace: null,
      changes: null,
      failure: { code: 'ENDED', fault: 'run', message: 'ended' },
    }
    const length = { logLength: hand.log.length, lostBytes: 0 }
    if (hand.stopped) return { outcome: { ...common, result: 'stopped' }, ...length }
    if (hand.phase < hand.phases.length || whim % 7 === 0)
      return { outcome: { ...common, result: 'failed' }, ...length }
    const changes = hand.pauses ? whim % 3 !== 0 : null
    const workspace = changes ? await this.#keep(launcher, hand) : null
    return { outcome: { result: 'succeeded', changes, exitCode: 0, failure: null, workspace }, ...length }
  }

  async #keep(launcher: Launcher, hand: Hand) {
    const bytes = Buffer.from(`workspace of ${hand.run}`)
    try {
      return await this.world.jobs.storeWorkspace(this.#caller(launcher), hand.job, Readable.from([bytes]))
    } catch (error) {
      if (error instanceof Refusal) throw error
      // Not repeated here: reported as if it had arrived, as a wrong launcher would.
      return { length: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
    }
  }

  async #ship(launcher: Launcher, hand: Hand, { network, whim }: Step): Promise<void> {
    const offset = Math.max(hand.sent - (whim % 9), 0)
    const bytes = hand.log.subarray(offset)
    const piece = { range: { offset, length: bytes.length, sha256: '' }, bytes }
    hand.sent = await this.#call(network, () => this.world.jobs.appendLog(this.#caller(launcher), hand.job, piece))
  }

  #crash(launcher: Launcher): void {
    launcher.registered = null
    launcher.instance = this.world.newId()
  }

  /** It knows who it is, and nothing of its job: it takes it as if it were new. */
  #loseJournal(launcher: Launcher): void {
    this.#crash(launcher)
    launcher.hand = null
  }

  #loseVolume(launcher: Launcher): void {
    this.#crash(launcher)
    launcher.identity = null
    launcher.hand = null
  }

  async #goodbye(launcher: Launcher, { network }: Step): Promise<void> {
    if (launcher.registered === null) return
    const caller = this.#caller(launcher)
    this.#loseVolume(launcher)
    await this.#call(network, () => this.world.workers.goodbye(caller, { reason: 'scaled down' }))
  }

  async #will({ who, network }: Step): Promise<void> {
    const launcher = this.launchers[who % this.launchers.length]
    if (!launcher?.registered) return
    const caller = this.#caller(launcher)
    await this.#call(network, () => this.world.workers.crashed(caller))
  }

  async #trigger({ which, whim }: Step): Promise<void> {
    if (this.runs.length >= 10) return
    const stack = ['asks', 'asks', 'applies', 'elsewhere'][which % 4] ?? 'asks'
    this.#note(await this.world.trigger(stack, types[whim % types.length] ?? 'TRACKED'))
  }

  #note(run: { id: string; stack: string }): void {
    this.runs.push({ id: run.id, stack: run.stack })
  }

  async #onRun({ which }: Step, act: (run: string, stack: string) => Promise<unknown>): Promise<void> {
    const run = this.runs[which % Math.max(this.runs.length, 1)]
    if (run) await act(run.id, run.stack)
  }

  #confirm(run: string, stack: string): Promise<unknown> {
    return this.world.runs.confirm(stack, run, person)
  }

  /** One person at a time, so that it is known which wish came last. */
  async #wish({ who }: Step, drained: boolean): Promise<void> {
    const launcher = this.launchers[who % this.launchers.length]
    if (!launcher?.identity || this.#wishing) return
    this.#wishing = true
    const { worker } = launcher.identity
    this.drained.delete(worker)
    try {
      const view = await this.world.workers.setDrained(launcher.pool, worker, drained)
      if (drained && view && !view.busy) this.drained.add(worker)
    } finally {
      this.#wishing = false
    }
  }

  #caller(launcher: Launcher) {
    return { pool: launcher.pool, worker: launcher.registered?.worker ?? '' }
  }

  /** What is always so. Answers what is not. */
  breaches(): Promise<string[]> {
    const { world, drained, granted, started } = this
    // A dispatch that failed is in the warnings only.
    const undisturbed = !this.#disturbed && world.faults.length === 0 && world.warnings.length === 0
    const seen = {
      pools: this.#pools,
      pulse: world.pulse,
      objects: world.objects.kept,
      drained,
      granted,
      started,
      undisturbed,
    }
    return world.read((tables) => breachesOf(tables, seen))
  }

  /** What is so of every run's history. */
  historyBreaches(): Promise<string[]> {
    return this.world.read(historyBreaches)
  }

  /** Everything works again and people confirm what asks: every run must come to its end. Answers those that do not. */
  async unendedAfterRecovery(): Promise<string[]> {
    this.world.faults = []
    for (const late of this.#late.splice(0)) await late().catch(() => {})
    this.drained.clear()
    for (let round = 0; round < 300; round++) {
      const unended = await this.#unended()
      if (unended.length === 0) return []
      await this.#recoveryRound(round)
      const found = round % 8 === 0 ? await this.breaches() : []
      if (found.length > 0) return found
    }
    return this.#unended()
  }

  async #recoveryRound(round: number): Promise<void> {
    const step = { kind: 'launcher', which: 0, whim: 1 + (round % 5), network: 'well' } as const
    for (const [who, launcher] of this.launchers.entries()) {
      launcher.draining = false
      if (launcher.registered) await this.world.workers.setDrained(launcher.pool, launcher.registered.worker, false)
      await this.take({ ...step, who, kind: 'heartbeat' })
      for (let times = 0; times < 3; times++) await this.take({ ...step, who })
    }
    for (const run of await this.world.runs.list({ limit: 1000 })) {
      if (run.state === 'UNCONFIRMED') await this.#confirm(run.id, run.stack)
    }
    this.world.clock.advance(7000)
    await this.#sweep()
  }

  async #unended(): Promise<string[]> {
    const runs = await this.world.runs.list({ limit: 1000 })
    return runs.filter((run) => !isTerminal(run.state as RunState)).map((run) => `${run.id} is still ${run.state}`)
  }

  /** Jobs whose held log is not what their container wrote. */
  async logBreaches(): Promise<string[]> {
    return this.world.read(async (tables) => {
      const found: string[] = []
      for (const [id, written] of this.logs) {
        const job = await tables.jobs.get(id)
        const kept =
          this.world.objects.kept.get(`logs/${job?.run}/${id}`)?.subarray(0, job?.logLength) ?? Buffer.alloc(0)
        const whole = job?.end !== 'reported' || kept.length === written.length
        if (!written.subarray(0, kept.length).equals(kept) || !whole)
          found.push(`log of ${id}: ${kept.length} of ${written.length} bytes`)
      }
      return found
    })
  }
}

function faultsOf({ whim, which }: Step): Fault[] {
  const fault = whim % 2 ? 'undone' : 'answer-lost'
  return Array.from({ length: 1 + (which % 2) }, () => fault)
}

/** A mistake of the program or the test, as against what a caller has to live with. */
function isBug(error: unknown): boolean {
  return (
    error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError || isConstraint(error)
  )
}

function isConstraint(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && Number(error.errcode) % 256 === 19
}
