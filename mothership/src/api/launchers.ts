import { limitBodyTime } from './body-time.ts'
import { requirePool, requireWorker } from './door.ts'
import type { HeldRings } from './held-rings.ts'
import { jobContentRoutes, jobRoutes } from './job-routes.ts'
import { readJsonAsText } from './json.ts'
import { LogBudget } from './log-budget.ts'
import { logRoutes } from './log-routes.ts'
import { ApiServer, type ServerParts } from './server.ts'
import type { JobService, PoolGate, WorkerService } from './services.ts'
import { registrationRoute, workerRoutes } from './worker-routes.ts'

/** What the launchers' API speaks to. */
export interface LauncherServices {
  readonly pools: PoolGate
  readonly workers: WorkerService
  readonly jobs: JobService
  readonly rings: HeldRings
}

/** The launchers' API as `protocol/README.md` specifies it: HTTPS for whoever proves a certificate of the authority. */
export function createLaunchersApi(parts: Omit<ServerParts, 'name' | 'clientCertificate'>): ApiServer {
  return new ApiServer({ ...parts, name: 'launchers', clientCertificate: true })
}

/** Registers every call of `protocol/calls.ts`. */
export async function launcherRoutes({ routes, limits }: ApiServer, services: LauncherServices): Promise<void> {
  const budget = new LogBudget(limits.maxLogBytesInHand)
  await routes.register(async (scope) => {
    requirePool(scope, services)
    limitBodyTime(scope, limits.bodyMs)
    readJsonAsText(scope)
    registrationRoute(scope, services.workers)
  })
  await routes.register(async (authenticated) => {
    requireWorker(authenticated, services)
    await authenticated.register(async (scope) => {
      limitBodyTime(scope, limits.bodyMs)
      readJsonAsText(scope)
      workerRoutes(scope, services.workers, services.rings)
      jobRoutes(scope, services.jobs)
    })
    await authenticated.register(async (scope) => {
      limitBodyTime(scope, limits.bodyMs)
      logRoutes(scope, services.jobs, budget)
    })
    await authenticated.register(async (scope) => jobContentRoutes(scope, services.jobs, limits))
  })
}
