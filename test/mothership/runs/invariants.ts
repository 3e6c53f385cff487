import type { RunType } from '../../../protocol/job.ts'
import { moves, next, type RunEvent, type RunState, type Standing } from '../../../mothership/src/runs/states.ts'
import type { JobRecord, RunRecord } from '../../../mothership/src/runs/table.ts'
import type { Tables } from '../../../mothership/src/store/store.ts'
import type { WorkerRecord } from '../../../mothership/src/workers/table.ts'
import type { Pulse } from '../../../mothership/src/workers/pulse.ts'

/** What was seen from outside of the database. */
export interface Seen {
  readonly pools: readonly string[]
  readonly pulse: Pulse
  readonly objects: ReadonlyMap<string, Buffer>
  /** Workers of which a person was told that they are drained and not busy. */
  readonly drained: ReadonlySet<string>
  /** Claims that were answered with the permission to start, by job. */
  readonly granted: ReadonlyMap<string, ReadonlySet<string>>
  /** How often a container was started, by run and stretch. */
  readonly started: ReadonlyMap<string, number>
  /** Nothing failed since the last sweep: every dispatch was done. */
  readonly undisturbed: boolean
}

interface Snapshot {
  readonly jobs: readonly JobRecord[]
  readonly runs: readonly RunRecord[]
  readonly workers: ReadonlyMap<string, WorkerRecord>
}

/** The invariants of assign.ts that do not hold now, in words. */
export async function breachesOf(tables: Tables, seen: Seen): Promise<string[]> {
  const snapshot = await snapshotOf(tables)
  return [
    ...jobBreaches(snapshot, seen),
    ...workerBreaches(snapshot),
    ...snapshot.runs.flatMap((run) => runBreaches(snapshot, run)),
    ...stackBreaches(snapshot),
    ...(seen.undisturbed ? await idleBreaches(tables, seen) : []),
    ...[...seen.granted]
      .filter(([, claims]) => claims.size > 1)
      .map(([job]) => `job ${job} was granted several starts`),
    ...[...seen.started].filter(([, times]) => times > 1).map(([key, times]) => `${key} was started ${times} times`),
  ]
}

async function snapshotOf(tables: Tables): Promise<Snapshot> {
  const jobs = await tables.jobs.live()
  const workers = new Map((await tables.workers.present()).map((worker) => [worker.id, worker]))
  for (const { worker } of jobs) {
    const holder = workers.has(worker) ? null : await tables.workers.get(worker)
    if (holder) workers.set(worker, holder)
  }
  return { jobs, workers, runs: await tables.runs.list({ limit: 1000 }) }
}

function jobBreaches({ jobs, workers }: Snapshot, seen: Seen): string[] {
  const doubledRuns = new Set(jobs.map((job) => job.run)).size !== jobs.length
  const doubledWorkers = new Set(jobs.map((job) => job.worker)).size !== jobs.length
  return [
    ...(doubledRuns ? ['a run has two live jobs'] : []),
    ...(doubledWorkers ? ['a worker has two live jobs'] : []),
    ...jobs.flatMap((job) => [...holderBreaches(job, workers.get(job.worker), seen), ...logBreaches(job, seen)]),
  ]
}

function holderBreaches(job: JobRecord, worker: WorkerRecord | undefined, seen: Seen): string[] {
  if (worker === undefined) return [`worker of ${job.id} is forgotten`]
  const found: string[] = []
  if (worker.idleSince !== null) found.push(`worker of ${job.id} counts as idle`)
  if (worker.presence === 'left') found.push(`worker of ${job.id} has left`)
  if (seen.drained.has(job.worker)) found.push(`drained and idle worker ${job.worker} got ${job.id}`)
  return found
}

function logBreaches(job: JobRecord, seen: Seen): string[] {
  const held = seen.objects.get(`logs/${job.run}/${job.id}`)?.length ?? 0
  return held < job.logLength ? [`log of ${job.id} has ${held} bytes, its row says ${job.logLength}`] : []
}

function workerBreaches({ jobs, workers }: Snapshot): string[] {
  const busy = new Set(jobs.map((job) => job.worker))
  const wrong = [...workers.values()].filter((worker) => worker.idleSince === null && !busy.has(worker.id))
  return wrong.map((worker) => `worker ${worker.id} counts as busy`)
}

function runBreaches({ jobs, runs }: Snapshot, run: RunRecord): string[] {
  const job = jobs.find((candidate) => candidate.run === run.id)
  if ((run.standing === 'working') !== (job !== undefined)) return [`run ${run.id} is ${run.state}, its job ${job?.id}`]
  if (run.standing !== 'queued' || runs.some((other) => holds(other, run.stack))) return []
  return [`run ${run.id} is queued for a stack that nobody holds`]
}

function stackBreaches({ runs }: Snapshot): string[] {
  const stacks = [...new Set(runs.map((run) => run.stack))]
  const doubled = stacks.filter((stack) => runs.filter((run) => holds(run, stack)).length > 1)
  return doubled.map((stack) => `stack ${stack} is held by several runs`)
}

function holds(run: RunRecord, stack: string): boolean {
  const holding: readonly Standing[] = ['waiting', 'working', 'paused']
  return run.stack === stack && run.exclusive && holding.includes(run.standing)
}

async function idleBreaches(tables: Tables, { pools, pulse }: Seen): Promise<string[]> {
  const found: string[] = []
  for (const pool of pools) {
    const waiting = await tables.runs.countWaiting(pool)
    const free = waiting === 0 ? [] : (await tables.workers.free(pool, 100)).filter((worker) => pulse.isReady(worker))
    if (free.length > 0) found.push(`${waiting} runs wait while ${free.length} workers are free`)
  }
  return found
}

const events: readonly RunEvent[] = [...new Set(moves.map((move) => move.event))]

/** Histories that have a gap, a step that the table does not have, or another end than the run. */
export async function historyBreaches(tables: Tables): Promise<string[]> {
  const found: string[] = []
  for (const run of await tables.runs.list({ limit: 1000 })) {
    const lines = await tables.runs.transitions(run.id)
    const states = lines.map((line) => line.state)
    if (lines.some((line, index) => line.stateVersion !== index)) found.push(`${run.id}: versions have gaps`)
    if (states.at(-1) !== run.state) found.push(`${run.id}: is ${run.state}, history says ${states.at(-1)}`)
    const wrong = states.slice(1).filter((to, index) => !isStep(run.type, states[index] as RunState, to))
    found.push(...wrong.map((to) => `${run.id}: no step to ${to} in ${states.join(' ')}`))
  }
  return found
}

function isStep(type: RunType, from: RunState, to: RunState): boolean {
  return events.some((event) => next(type, from, event) === to)
}
