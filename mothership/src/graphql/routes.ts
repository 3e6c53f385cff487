import { isUtf8 } from 'node:buffer'
import { randomBytes } from 'node:crypto'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { apiErrors } from '../../../protocol/calls.ts'
import { Refusal } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { answer } from './answer.ts'
import type { Asked, Rooms, Services } from './asked.ts'
import { personOf } from './identity.ts'
import { Links } from './links.ts'
import { questionOf } from './question.ts'
import { withShow } from './resolvers/root.ts'
import { peopleSchema } from './schema/schema.ts'
import { transferRoutes, type Uploads } from './transfers.ts'

/** Everything that the API for people and tools is built on. */
export interface Parts extends Services {
  readonly uploads: Uploads
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** A state that is pushed travels in the body. */
const largestBody = 64 * 1024 * 1024
/** An exchange of a key, or an introspection: nobody unknown has more to say. */
const largestAnonymousBody = 64 * 1024

/** `POST /graphql`, and the addresses for uploads and downloads that it gives out. */
export async function graphqlRoutes(app: FastifyInstance, parts: Parts): Promise<void> {
  const schema = peopleSchema()
  const rooms = withShow(parts)
  const linkKey = randomBytes(32)
  const linksFor = (request: FastifyRequest) => new Links(`${request.protocol}://${request.host}`, linkKey, parts.now)

  await app.register(async (scope) => {
    scope.setErrorHandler(refuse(parts.log))
    scope.post('/graphql', { bodyLimit: largestBody, onRequest: assertSmall(rooms) }, async (request) => {
      const asked = askedBy(request, rooms, linksFor(request))
      return answer(questionOf(request.body), schema, {
        asked,
        report: (bug) => parts.log.error(bug, 'graphql: a field failed'),
      })
    })
    await scope.register(transferRoutes, { uploads: parts.uploads, states: parts.states, linksFor })
  })
}

function askedBy(request: FastifyRequest, rooms: Rooms, links: Links): Asked {
  return {
    rooms,
    person: personOf(request.headers.authorization, rooms.tokens),
    runMetadata: metadataOf(request),
    links,
  }
}

/** Each header is a text of its own. Node reads headers as latin1; clients write UTF-8. */
function metadataOf({ raw }: FastifyRequest): readonly string[] {
  const { rawHeaders } = raw
  const isMetadata = (at: number) => rawHeaders[at - 1]?.toLowerCase() === 'spacelift-user-provided-run-metadata'
  const values = rawHeaders.filter((_, at) => at % 2 === 1 && isMetadata(at))
  return values.map((value) => {
    const bytes = Buffer.from(value, 'latin1')
    return isUtf8(bytes) ? bytes.toString('utf8') : value
  })
}

/** Nobody unknown makes the server hold much: their body must say how large it is, and be small. */
const assertSmall = (rooms: Rooms) => async (request: FastifyRequest) => {
  const length = Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY)
  if (length <= largestAnonymousBody || personOf(request.headers.authorization, rooms.tokens)) return
  throw new Refusal(
    'too-large',
    `unauthorized: without a valid bearer token a body may have at most ${largestAnonymousBody} bytes`,
  )
}

/** Errors outside of GraphQL, in the same shape, with a status. Fastify's own have theirs. */
const refuse = (log: Log) => (error: FastifyError | Refusal, _request: FastifyRequest, reply: FastifyReply) => {
  const status = statusOf(error)
  if (status >= 500) log.error(error, 'graphql: a request failed')
  const message = status >= 500 ? 'internal error' : error.message
  return reply.status(status).send({ errors: [{ message }] })
}

function statusOf(error: FastifyError | Refusal): number {
  if (!(error instanceof Refusal)) return error.statusCode ?? 500
  if (error.code === 'conflict') return 409
  if (error.code === 'unauthorized') return 403
  return apiErrors[error.code].status
}
