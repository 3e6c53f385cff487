import type { TLSSocket } from 'node:tls'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { workerHeader } from '../../../protocol/calls.ts'
import { isUlid } from '../../../protocol/ids.ts'
import { Refusal } from '../base/errors.ts'
import { peerFingerprint } from '../base/peer.ts'
import type { Caller, PoolGate, WorkerService } from './services.ts'

/**
 * Proves who calls, before a byte of the body is read. Nothing is remembered between calls: both questions together take 0.1 ms of a call's
 * one or two, and so a pool that is reset and a session that is replaced are out at once.
 */
export interface DoorParts {
  readonly pools: PoolGate
  readonly workers: Pick<WorkerService, 'authenticate'>
}

const poolKey = 'pool'
const callerKey = 'caller'

/** Lets in whoever holds the certificate of a pool: `poolOf` tells which. */
export function requirePool(routes: FastifyInstance, { pools }: Pick<DoorParts, 'pools'>): void {
  routes.decorateRequest(poolKey, '')
  routes.addHook('onRequest', async (request) => {
    request.setDecorator(poolKey, await poolBehind(request, pools))
  })
}

/** Lets in workers: `callerOf` tells which. The path may name no worker but the caller, and ids have to be ids. */
export function requireWorker(routes: FastifyInstance, { pools, workers }: DoorParts): void {
  routes.decorateRequest(callerKey, null)
  routes.addHook('onRequest', async (request) => {
    const pool = await poolBehind(request, pools)
    const caller = { pool, worker: workerNamed(request) }
    if (!(await workers.authenticate(caller, sessionOf(request)))) {
      throw new Refusal(
        'unknown-worker',
        `worker ${caller.worker} of pool ${pool} is not known with this session: register again`,
      )
    }
    checkPath(request, caller)
    request.setDecorator(callerKey, caller)
  })
}

/** The pool whose certificate the caller holds. */
export function poolOf(request: FastifyRequest): string {
  return request.getDecorator<string>(poolKey)
}

/** The worker that calls. */
export function callerOf(request: FastifyRequest): Caller {
  return request.getDecorator<Caller>(callerKey)
}

async function poolBehind(request: FastifyRequest, pools: PoolGate): Promise<string> {
  const fingerprint = peerFingerprint(request.raw.socket as TLSSocket)
  const pool = fingerprint && (await pools.poolOf(fingerprint))
  if (pool) return pool
  throw new Refusal(
    'certificate-refused',
    'this certificate is not one that a pool has now: it was replaced, or its pool deleted',
  )
}

function workerNamed(request: FastifyRequest): string {
  const worker = request.headers[workerHeader]
  if (typeof worker === 'string' && isUlid(worker)) return worker
  throw new Refusal('bad-request', `header ${workerHeader}: expected a worker's id`)
}

function sessionOf(request: FastifyRequest): string {
  return /^bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? ''
}

function checkPath(request: FastifyRequest, caller: Caller): void {
  const { worker, job } = request.params as { readonly worker?: string; readonly job?: string }
  if (worker !== undefined && worker !== caller.worker) {
    throw new Refusal('bad-request', `the path names another worker than the header ${workerHeader}`)
  }
  if (job !== undefined && !isUlid(job)) throw new Refusal('bad-request', `path: expected a job's id`)
}
