import type { FastifyInstance, FastifyRequest } from 'fastify'
import { paths } from '../../../protocol/calls.ts'
import { decoded } from '../../../protocol/decoded.ts'
import { checkGoodbye, checkHeartbeat, checkRegistration, protocolVersion } from '../../../protocol/worker.ts'
import { Refusal } from '../base/errors.ts'
import { callerOf, poolOf } from './door.ts'
import type { HeldRings, RingQuestion } from './held-rings.ts'
import { jsonBody } from './json.ts'
import type { WorkerService } from './services.ts'

/** `POST /v1/workers`: for whoever holds a pool's certificate. */
export function registrationRoute(routes: FastifyInstance, workers: WorkerService): void {
  routes.post(paths.workers(), (request) => {
    // The version first: what else a registration of another major looks like is not known here.
    checkMajor(jsonBody(request, 'registration', (value) => decoded(value)))
    return workers.register(poolOf(request), jsonBody(request, 'registration', checkRegistration))
  })
}

/** The calls about the worker itself. */
export function workerRoutes(routes: FastifyInstance, workers: WorkerService, rings: HeldRings): void {
  routes.post(paths.heartbeat(':worker'), (request) =>
    workers.heartbeat(callerOf(request), jsonBody(request, 'heartbeat', checkHeartbeat)),
  )
  routes.get(paths.orders(':worker'), (request) => workers.orders(callerOf(request)))
  routes.post(paths.goodbye(':worker'), async (request, reply) => {
    await workers.goodbye(callerOf(request), jsonBody(request, 'goodbye', checkGoodbye))
    return reply.code(204).send()
  })
  routes.get(paths.rings(':worker'), (request, reply) => {
    const { answer, leave } = rings.ask(callerOf(request), questionIn(request))
    reply.raw.once('close', leave)
    return answer
  })
}

function questionIn({ query }: FastifyRequest): RingQuestion {
  const { after, wait } = query as { readonly after?: unknown; readonly wait?: unknown }
  if (typeof wait !== 'string' || !/^[1-9]\d{0,5}$/.test(wait))
    throw new Refusal('bad-request', 'wait: expected a whole number of seconds from 1')
  if (after === undefined) return { after, waitSeconds: Number(wait) }
  if (typeof after !== 'string' || after.length > 100)
    throw new Refusal('bad-request', 'after: expected one cursor of at most 100 characters')
  return { after, waitSeconds: Number(wait) }
}

function checkMajor(registration: unknown): void {
  const major = (registration as { protocol?: { major?: unknown } } | null)?.protocol?.major
  if (typeof major !== 'number' || major === protocolVersion.major) return
  throw new Refusal(
    'wrong-protocol',
    `the launcher speaks protocol ${major}, this mothership speaks ${protocolVersion.major}`,
  )
}
