import type { FastifyInstance, FastifyReply } from 'fastify'
import { paths } from '../../../protocol/calls.ts'
import { checkClaim, checkReport } from '../../../protocol/report.ts'
import { maxResultsBytes } from '../../../protocol/results.ts'
import { callerOf } from './door.ts'
import { jsonBody } from './json.ts'
import type { ApiLimits } from './limits.ts'
import type { Download, JobService } from './services.ts'
import { upload } from './upload.ts'

interface JobPath {
  readonly Params: { readonly job: string }
}

/** The calls about a job whose bodies are JSON. */
export function jobRoutes(routes: FastifyInstance, jobs: JobService): void {
  routes.get<JobPath>(paths.job(':job'), (request) => jobs.document(callerOf(request), request.params.job))
  routes.post<JobPath>(paths.start(':job'), async (request, reply) => {
    const { claim } = jsonBody(request, 'claim', checkClaim)
    await jobs.start(callerOf(request), request.params.job, claim)
    return reply.code(204).send()
  })
  routes.post<JobPath>(paths.reports(':job'), async (request, reply) => {
    await jobs.report(callerOf(request), request.params.job, jsonBody(request, 'report', checkReport))
    return reply.code(204).send()
  })
}

/** What a job takes with it and leaves behind. Nothing here is kept in memory, in neither direction. */
export function jobContentRoutes(routes: FastifyInstance, jobs: JobService, limits: ApiLimits): void {
  routes.removeAllContentTypeParsers()
  routes.addContentTypeParser('*', (_request, _payload, done) => done(null))
  routes.get<JobPath>(paths.source(':job'), async (request, reply) =>
    send(reply, await jobs.source(callerOf(request), request.params.job)),
  )
  routes.get<JobPath>(paths.workspace(':job'), async (request, reply) =>
    send(reply, await jobs.workspace(callerOf(request), request.params.job)),
  )
  const workspace = { what: 'workspace', maxBytes: limits.maxWorkspaceBytes }
  routes.put<JobPath>(paths.workspace(':job'), (request) =>
    upload(request, workspace, (content) => jobs.storeWorkspace(callerOf(request), request.params.job, content)),
  )
  const erroredState = { what: 'errored state', maxBytes: limits.maxErroredStateBytes }
  routes.put<JobPath>(paths.erroredState(':job'), (request) =>
    upload(request, erroredState, (content) => jobs.storeErroredState(callerOf(request), request.params.job, content)),
  )
  const results = { what: 'results', maxBytes: maxResultsBytes }
  routes.put<JobPath>(paths.results(':job'), (request) =>
    upload(request, results, (content) => jobs.storeResults(callerOf(request), request.params.job, content)),
  )
}

function send(reply: FastifyReply, { length, content }: Download): FastifyReply {
  return reply.header('content-length', length).type('application/octet-stream').send(content)
}
