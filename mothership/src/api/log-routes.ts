import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { paths } from '../../../protocol/calls.ts'
import { decodeLogRange, maxLogRangeBytes, type LogRange } from '../../../protocol/log-range.ts'
import { Refusal } from '../base/errors.ts'
import { refusalOf } from './answers.ts'
import { callerOf } from './door.ts'
import type { LogBudget } from './log-budget.ts'
import type { JobService } from './services.ts'

interface JobPath {
  readonly Params: { readonly job: string }
}

/** The log of a job: how much is held, and the next bytes of it. The range is judged before its bytes are read. */
export function logRoutes(routes: FastifyInstance, jobs: JobService, budget: LogBudget): void {
  routes.removeAllContentTypeParsers()
  const parser = { parseAs: 'buffer', bodyLimit: maxLogRangeBytes } as const
  routes.addContentTypeParser('*', parser, (_request, bytes, done) => done(null, bytes))
  routes.get<JobPath>(paths.log(':job'), async (request) => ({
    length: await jobs.logHeld(callerOf(request), request.params.job),
  }))
  routes.put<JobPath>(
    paths.log(':job'),
    { onRequest: async (request, reply) => reserve(request, reply, budget) },
    async (request) => {
      const range = rangeOf(request)
      const bytes = bytesOf(request, range)
      return { length: await jobs.appendLog(callerOf(request), request.params.job, { range, bytes }) }
    },
  )
}

function reserve(request: FastifyRequest, reply: FastifyReply, budget: LogBudget): void {
  reply.raw.once('close', budget.take(rangeOf(request).length))
}

function rangeOf(request: FastifyRequest): LogRange {
  const range = decodeLogRange(request.headers)
  if (!range.ok) throw refusalOf(range.fault)
  return range.value
}

function bytesOf(request: FastifyRequest, range: LogRange): Uint8Array {
  const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
  if (bytes.byteLength !== range.length) {
    throw new Refusal(
      'bad-request',
      `log range: content-range says ${range.length} bytes, the body has ${bytes.byteLength}`,
    )
  }
  if (createHash('sha256').update(bytes).digest('hex') !== range.sha256) {
    throw new Refusal('digest-mismatch', 'log range: the bytes do not have the digest of content-digest')
  }
  return bytes
}
