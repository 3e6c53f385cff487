import { createHash } from 'node:crypto'
import { pino } from 'pino'
import type { RunType } from '../../../protocol/job.ts'
import type { PlanChange } from '../../../protocol/results.ts'
import type { PlanCounts } from '../../../mothership/src/results/table.ts'
import { Refusal } from '../../../mothership/src/base/errors.ts'
import type { Parts } from '../../../mothership/src/graphql/routes.ts'
import type {
  LogView,
  NewPool,
  NewRun,
  Person,
  PoolView,
  RunView,
  StackView,
  StateLockView,
  StateVersionView,
  TransitionView,
  WorkerView,
} from '../../../mothership/src/graphql/services.ts'

/** 2026-01-01T00:00:00Z, in milliseconds. */
export const newYear = Date.UTC(2026, 0, 1)

export const aPool: PoolView = {
  id: '01JPOOL0000000000000000000',
  name: 'Küche & Bad',
  description: 'first',
  labels: ['eu', 'prod'],
  space: 'root',
  config: null,
  driftDetectionRunLimit: null,
  certificateExpiresAt: newYear + 365 * 86_400_000,
  createdAt: newYear,
  updatedAt: newYear + 1_999,
}

export const aWorker: WorkerView = {
  id: '01JWRKER000000000000000001',
  pool: aPool.id,
  status: 'IDLE',
  busy: false,
  drained: false,
  metadata: { instance_id: 'i-1', asg_id: 'group "a"' },
  job: null,
  createdAt: newYear + 1_000,
  seenAt: newYear + 5_000,
  availableAt: newYear + 2_000,
}

export const aStack: StackView = {
  id: 'network',
  name: 'Network',
  description: null,
  labels: ['core'],
  space: 'root',
  pool: aPool.id,
  tool: { name: 'opentofu', version: '1.10.6' },
  image: null,
  projectRoot: 'infra',
  autodeploy: false,
  managesState: true,
  sensitiveOutputs: true,
  maskWellKnown: false,
  source: { kind: 'git', url: 'https://example.com/acme/network.git', ref: 'main', uploadedAt: null },
  hooks: { beforePlan: ['echo hi'] },
  environment: [
    { name: 'REGION', value: 'eu', secret: false, checksum: createHash('sha256').update('eu').digest('hex') },
    { name: 'PASSWORD', value: null, secret: true, checksum: createHash('sha256').update('geheim').digest('hex') },
  ],
  createdAt: newYear,
  updatedAt: newYear,
}

export const aRun: RunView = {
  id: '01JRVN00000000000000000001',
  stack: aStack.id,
  type: 'TRACKED',
  state: 'UNCONFIRMED',
  title: 'Manual run',
  command: null,
  triggeredBy: 'api::01JKEY',
  createdAt: newYear + 10_000,
  updatedAt: newYear + 20_000,
  finished: false,
  note: null,
  prioritized: false,
  commit: { hash: '', message: '', author: '', branch: '' },
}

export const aTransition: TransitionView = {
  state: 'QUEUED',
  stateVersion: 1,
  at: newYear + 10_000,
  by: 'api::01JKEY',
  note: null,
  terminal: false,
  hasLogs: false,
  worker: null,
}

/** Everything that the fake services hold, for a test to set up, change and look at. */
export class World {
  readonly pools = new Map<string, PoolView>()
  readonly workers = new Map<string, WorkerView>()
  readonly stacks = new Map<string, StackView>()
  /** Oldest first. */
  readonly runs: RunView[] = []
  /** Of a run, newest first. */
  readonly histories = new Map<string, TransitionView[]>()
  /** Of `<run>/<state>/<version>`; an ended one has no more to come. */
  readonly logs = new Map<string, { text: string; ended: boolean }>()
  readonly states = new Map<string, { version: StateVersionView; text: string }[]>()
  readonly locks = new Map<string, StateLockView>()
  readonly uploads = new Map<string, Buffer>()
  readonly triggered: NewRun[] = []
  /** The metadata of each confirmation. */
  readonly confirmedWith: unknown[] = []
  readonly applied: { yaml: string; source: string | undefined }[] = []
  readonly cycled: string[] = []
  /** What to do instead of answering, for each kind of call. */
  onConfirm: (run: RunView) => void = () => undefined
  onTrigger: (run: RunView) => void = () => undefined
  onDrain: (worker: WorkerView) => void = () => undefined
  now = newYear + 60_000
  ids = 0

  constructor() {
    this.pools.set(aPool.id, aPool)
    this.workers.set(aWorker.id, aWorker)
    this.stacks.set(aStack.id, aStack)
  }

  add(run: Partial<RunView>, history: readonly Partial<TransitionView>[] = []): RunView {
    const added = { ...aRun, ...run }
    this.runs.push(added)
    this.histories.set(
      added.id,
      history.map((entry, index) => ({ ...aTransition, stateVersion: history.length - index, ...entry })),
    )
    return added
  }

  /** Puts a run into a state, as the newest entry of its history. */
  move(id: string, state: string, entry: Partial<TransitionView> = {}): void {
    const index = this.runs.findIndex((run) => run.id === id)
    const run = { ...this.#run(id), state, finished: entry.terminal ?? false, note: entry.note ?? null }
    this.runs[index] = run
    const history = this.histories.get(id) ?? []
    this.histories.set(id, [{ ...aTransition, state, stateVersion: history.length + 1, ...entry }, ...history])
  }

  #run(id: string): RunView {
    const run = this.runs.find((one) => one.id === id)
    if (!run) throw new Refusal('not-found', `run ${id} not found`)
    return run
  }

  newId(): string {
    this.ids += 1
    return `01JNEW${String(this.ids).padStart(20, '0')}`
  }

  parts(): Parts {
    return {
      pools: this.#poolAdministration(),
      workers: this.#workerAdministration(),
      stacks: this.#stackAdministration(),
      runs: this.#runAdministration(),
      states: this.#stateAdministration(),
      results: this.#resultAdministration(),
      uploads: {
        upload: async (content) => {
          const chunks: Buffer[] = []
          for await (const chunk of content) chunks.push(chunk as Buffer)
          const id = this.newId()
          this.uploads.set(id, Buffer.concat(chunks))
          return { id }
        },
      },
      keys: { verify: async (id, secret) => (id === '01JKEY' && secret === 's3cret' ? theAdmin : null) },
      tokens: {
        issue: () => ({ jwt: 'header.payload.signature', validUntil: Math.floor(this.now / 1000) + 3_600 }),
        verify: (jwt) => (jwt === 'header.payload.signature' ? theAdmin : null),
      },
      log: pino({ level: 'silent' }),
      now: () => this.now,
    }
  }

  #poolAdministration(): Parts['pools'] {
    const get = (id: string) => {
      const pool = this.pools.get(id)
      if (!pool) throw new Refusal('not-found', `worker pool ${id} not found`)
      return pool
    }
    const keep = (pool: PoolView) => {
      this.pools.set(pool.id, { ...pool, config: null })
      return pool
    }
    return {
      create: async ({ certificateSigningRequest, ...pool }) => {
        if (!certificateSigningRequest.includes('REQUEST'))
          throw new Refusal('bad-request', 'certificateSigningRequest: expected PEM')
        return keep({ ...wished(aPool, pool), id: this.newId(), config: 'dG9rZW4=' })
      },
      update: async (id, pool) => keep(wished(get(id), pool)),
      reset: async (id) => keep({ ...get(id), config: 'bmV3IHRva2Vu' }),
      remove: async (id) => {
        const pool = get(id)
        if ([...this.stacks.values()].some((stack) => stack.pool === id))
          throw new Refusal('conflict', `worker pool ${pool.name} has stacks: move or delete them first`)
        this.pools.delete(id)
        return pool
      },
      get: async (id) => this.pools.get(id) ?? null,
      list: async () => [...this.pools.values()],
    }
  }

  #workerAdministration(): Parts['workers'] {
    return {
      list: async (pool) => [...this.workers.values()].filter((worker) => !pool || worker.pool === pool),
      setDrained: async (pool, id, drained) => {
        const worker = this.workers.get(id)
        if (worker?.pool !== pool) return null
        const status = drained ? 'DRAINED' : 'IDLE'
        const changed = { ...worker, drained, status: worker.busy ? 'BUSY' : status } as const
        this.workers.set(id, changed)
        this.onDrain(changed)
        return changed
      },
      cycle: async (pool) => {
        this.cycled.push(pool)
      },
    }
  }

  #stackAdministration(): Parts['stacks'] {
    return {
      apply: async (yaml, { source }) => {
        this.applied.push({ yaml, source })
        const name = /^name: (.*)$/m.exec(yaml)?.[1]
        if (!name)
          throw new Refusal(
            'bad-request',
            'stack.yaml: name: expected a text, got nothing\nstack.yaml: pol: unknown key',
          )
        const stack = { ...aStack, id: name.toLowerCase().replaceAll(/\W+/g, '-'), name }
        this.stacks.set(stack.id, stack)
        return stack
      },
      get: async (id) => this.stacks.get(id) ?? null,
      list: async () => [...this.stacks.values()],
      remove: async (id) => {
        const stack = this.stacks.get(id) ?? null
        if (this.runs.some((run) => run.stack === id && !run.finished))
          throw new Refusal('conflict', `stack ${id} has a run that is not over`)
        this.stacks.delete(id)
        return stack
      },
    }
  }

  #runAdministration(): Parts['runs'] {
    const get = (stack: string, id: string) => {
      const run = this.#run(id)
      if (run.stack !== stack) throw new Refusal('not-found', `run ${id} of stack ${stack} not found`)
      return run
    }
    const change =
      (state: string, from: readonly string[]) =>
      async (stack: string, id: string, by: Person & { note?: string | undefined }) => {
        const run = get(stack, id)
        if (!from.includes(run.state))
          throw new Refusal('conflict', `run ${id} is ${run.state}, not ${from.join(' or ')}`)
        this.move(id, state, { by: by.id, note: by.note ?? null, terminal: state !== 'CONFIRMED' })
        this.onConfirm(this.#run(id))
        return this.#run(id)
      }
    const trigger = async (asked: NewRun, by: Person) => {
      if (!this.stacks.has(asked.stack)) throw new Refusal('not-found', `stack ${asked.stack} not found`)
      this.triggered.push(asked)
      const { type, command, stack } = asked
      const run = this.add({
        id: this.newId(),
        stack,
        type,
        command: command ?? null,
        state: 'QUEUED',
        triggeredBy: by.id,
      })
      this.histories.set(run.id, [aTransition])
      this.onTrigger(run)
      return this.#run(run.id)
    }
    const filtered = (stack: string | undefined, types: readonly RunType[] | undefined) =>
      this.runs.toReversed().filter((run) => (!stack || run.stack === stack) && (!types || types.includes(run.type)))
    return {
      trigger,
      confirm: (stack, run, by) => {
        this.confirmedWith.push(by.metadata)
        return change('CONFIRMED', ['UNCONFIRMED'])(stack, run, by)
      },
      discard: change('DISCARDED', ['UNCONFIRMED']),
      stop: change('STOPPED', ['PLANNING', 'INITIALIZING']),
      kill: change('STOPPED', ['PLANNING', 'INITIALIZING', 'APPLYING']),
      cancel: change('CANCELED', ['QUEUED', 'READY']),
      retry: async (stack, id, by) => trigger({ stack, type: get(stack, id).type }, by),
      prioritize: async (stack, id, prioritized) => {
        const run = { ...get(stack, id), prioritized }
        this.runs[this.runs.findIndex((one) => one.id === id)] = run
        return run
      },
      get: async (id) => this.runs.find((run) => run.id === id) ?? null,
      list: async ({ stack, types, before, limit }) => {
        const runs = filtered(stack, types)
        const start = before === undefined ? 0 : runs.findIndex((run) => run.id === before) + 1
        return runs.slice(start, start + limit)
      },
      history: async (run) => this.histories.get(run) ?? [],
      queue: async () => this.runs.filter((run) => !run.finished && run.state !== 'QUEUED'),
      pending: async () => this.runs.filter((run) => ['READY', 'CONFIRMED'].includes(run.state)).length,
      log: async (run, { state, version }, token) => this.#log(`${run}/${state}/${version}`, token),
    }
  }

  /** Twenty characters a piece, so that a log has several. */
  #log(key: string, token: string | null): LogView {
    const log = this.logs.get(key)
    if (!log) return { exists: false, finished: true, hasMore: false, text: '', nextToken: '0' }
    const start = Number(token ?? 0)
    const piece = log.text.slice(start, start + 20)
    const hasMore = start + piece.length < log.text.length
    return {
      exists: true,
      finished: log.ended && !hasMore,
      hasMore,
      text: piece,
      nextToken: String(start + piece.length),
    }
  }

  /** Of every run. */
  plan: { readonly counts: PlanCounts; readonly changes: readonly PlanChange[] } | null = null

  #resultAdministration(): Parts['results'] {
    return {
      counts: async () => this.plan?.counts ?? null,
      changes: async () => this.plan?.changes ?? [],
      planInputs: async () => [{ key: 'cost', content: '{"total":1}' }],
      outputs: async (stack, { sensitive }) => [
        { name: 'list', sensitive: false, value: '[1]', run: aRun.id, updatedAt: newYear },
        { name: 'name', sensitive: false, value: `"${stack}"`, run: aRun.id, updatedAt: newYear },
        { name: 'password', sensitive: true, value: sensitive ? '"geheim"' : null, run: aRun.id, updatedAt: newYear },
      ],
    }
  }

  #stateAdministration(): Parts['states'] {
    const push = async (stack: string, state: string): Promise<StateVersionView> => {
      const kept = this.states.get(stack) ?? []
      const version: StateVersionView = {
        id: this.newId(),
        serial: kept.length + 1,
        lineage: 'l-1',
        run: null,
        createdAt: newYear,
        length: state.length,
        rescued: false,
      }
      this.states.set(stack, [{ version, text: state }, ...kept])
      return version
    }
    const find = (stack: string, id?: string) => {
      const kept = this.states.get(stack) ?? []
      return (id === undefined ? kept[0] : kept.find(({ version }) => version.id === id)) ?? null
    }
    return {
      versions: async (stack) => (this.states.get(stack) ?? []).map(({ version }) => version),
      lock: async (stack) => this.locks.get(stack) ?? null,
      read: async (stack, version) => find(stack, version)?.text ?? null,
      push: async (stack, state, { force }) => {
        if (this.locks.has(stack) && !force) throw new Refusal('conflict', `state of stack ${stack} is locked`)
        return push(stack, state)
      },
      rollback: async (stack, version) => {
        const old = find(stack, version)
        if (!old) throw new Refusal('not-found', `version ${version} not found`)
        return push(stack, old.text)
      },
      unlock: async (stack) => {
        const lock = this.locks.get(stack) ?? null
        this.locks.delete(stack)
        return lock
      },
    }
  }
}

/** Who has the key of the fake services. */
export const theAdmin: Person = { id: 'api::01JKEY', name: 'admin' }

function wished(
  pool: PoolView,
  { name, description, labels, driftDetectionRunLimit }: Omit<NewPool, 'certificateSigningRequest'>,
): PoolView {
  return {
    ...pool,
    name,
    description: description ?? null,
    labels: labels ?? [],
    driftDetectionRunLimit: driftDetectionRunLimit ?? null,
  }
}
