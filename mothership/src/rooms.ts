import type { Bell } from './api/services.ts'
import type { Log } from './base/log.ts'
import type { Foundation } from './foundation.ts'
import { grantsOf } from './grants.ts'
import { Pools } from './pools/pools.ts'
import { Results } from './results/results.ts'
import { Assignment } from './runs/assign.ts'
import { Jobs } from './runs/jobs.ts'
import { Leases } from './runs/leases.ts'
import { RunLogs } from './runs/logs.ts'
import type { JobParts } from './runs/parts.ts'
import { Runs } from './runs/runs.ts'
import { Sweep } from './runs/sweep.ts'
import { Transfers } from './runs/transfers.ts'
import { RunWork } from './runs/work.ts'
import { ApiKeys } from './secrets/api-keys.ts'
import type { Endpoints } from './serve/endpoints.ts'
import type { ServeOptions } from './serve/options.ts'
import { Sources } from './stacks/sources.ts'
import { Stacks } from './stacks/stacks.ts'
import { StateRescue } from './statefiles/rescue.ts'
import { StateBackend } from './statefiles/state-backend.ts'
import { StateFiles } from './statefiles/state-files.ts'
import { Pulse } from './workers/pulse.ts'
import { Workers } from './workers/workers.ts'

/** What the rooms need beside their foundation. */
export interface Surroundings {
  readonly bell: Bell
  readonly endpoints: Endpoints
  readonly options: Pick<ServeOptions, 'heartbeatSeconds' | 'leaseSeconds' | 'issuer'>
  readonly log: Log
}

/** Silent workers are found out at most so much later than their lease ends. */
const maxSweepMs = 5_000

export type Rooms = ReturnType<typeof buildRooms>

/** Builds every room by hand, each from those above it. Leases begin here: `Pulse` counts from its making. */
export function buildRooms(foundation: Foundation, { bell, endpoints, options, log }: Surroundings) {
  const { clock } = foundation
  const { heartbeatSeconds, leaseSeconds } = options
  const { grants, ...tokens } = grantsOf(foundation, endpoints, options.issuer ?? endpoints.people)
  const stacks = new Stacks(foundation)
  const sources = new Sources(foundation)
  const results = new Results(foundation)
  const pulse = new Pulse(clock, leaseSeconds * 1000)
  const runRooms = buildRuns({
    ...foundation,
    bell,
    pulse,
    sources,
    warn: (error, what) => log.warn({ err: error }, `could not ${what}`),
    openSnapshot: (snapshot) => stacks.open(snapshot),
    ...grants,
    states: new StateRescue(foundation),
    results,
    leaseMs: leaseSeconds * 1000,
  })
  const workers = new Workers({ ...foundation, bell, pulse, work: runRooms.work, heartbeatSeconds, leaseSeconds })
  const pools = new Pools({
    ...foundation,
    endpoints: { broker: endpoints.broker, api: endpoints.launchers },
    onReset: (pool, by) => workers.tellToLeave(pool, `the certificate of the pool was withdrawn by ${by.name}`),
  })
  return {
    ...runRooms,
    ...tokens,
    stacks,
    sources,
    workers,
    pools,
    keys: new ApiKeys(foundation),
    states: new StateFiles(foundation),
    results,
    stateBackend: new StateBackend(foundation),
  }
}

/** What assigns, answers and ends; `work` is what the workers need of it. */
function buildRuns(parts: JobParts & { readonly leaseMs: number }) {
  const { store, clock, objects, leaseMs } = parts
  const assignment = new Assignment(parts)
  const transfers = new Transfers(parts)
  const leases = new Leases(parts)
  const intervalMs = Math.min(leaseMs / 4, maxSweepMs)
  return {
    work: new RunWork(assignment, clock),
    jobs: new Jobs(parts, assignment, transfers),
    runs: new Runs(parts, assignment, new RunLogs(store, objects)),
    sweep: new Sweep({ ...parts, leases, assignment, transfers, intervalMs }),
  }
}
