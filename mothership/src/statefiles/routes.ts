import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { apiErrors } from '../../../protocol/calls.ts'
import { stackIdPattern } from '../../../protocol/ids.ts'
import { Refusal, type RefusalCode } from '../base/errors.ts'
import { readLockInfo } from './lock-info.ts'
import type { Held, StateBackend } from './state-backend.ts'
import { maxStateBytes } from './state-content.ts'

/** What the routes need. */
export interface StateRoutesParts {
  readonly states: StateBackend
  readonly tokens: { verify(password: string, stack: string, run: string): boolean }
  /** Whether this is a run of that stack that is not over. */
  readonly isLive: (stack: string, run: string) => Promise<boolean>
}

interface Asked {
  readonly Params: { readonly stack: string }
  readonly Querystring: { readonly ID?: string }
}

type Request = FastifyRequest<Asked>

/**
 * A stack's state over HTTP, as the `http` backend of OpenTofu and Terraform wants it
 * (https://opentofu.org/docs/language/settings/backends/http/): GET, POST, LOCK and UNLOCK on `/state/<stack>`. The user is the run, the
 * password its token. What goes wrong answers with JSON, 423 with the lock that is in the way.
 */
export async function stateRoutes(app: FastifyInstance, parts: StateRoutesParts): Promise<void> {
  const { states } = parts
  await app.register(async (scope) => {
    scope.addHttpMethod('LOCK', { hasBody: true }).addHttpMethod('UNLOCK', { hasBody: true })
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: maxStateBytes }, (_request, body, done) => {
      done(null, body)
    })
    scope.setErrorHandler((error: unknown, _request, reply) => answerError(error, reply))
    const url = '/state/:stack'
    const guarded = { url, onRequest: (request: Request, reply: FastifyReply) => admit(parts, request, reply) }

    scope.route<Asked>({ ...guarded, method: 'GET', handler: (request, reply) => answerState(states, request, reply) })
    scope.route<Asked>({ ...guarded, method: 'POST', handler: (request, reply) => answerWrite(states, request, reply) })
    scope.route<Asked>({
      ...guarded,
      method: 'LOCK',
      handler: async (request, reply) => {
        const info = readLockInfo(bodyOf(request))
        if (!info) throw new Refusal('bad-request', 'lock: expected JSON with an ID')
        return answerHeld(await states.lock(request.params.stack, info, credentialsOf(request).run), reply)
      },
    })
    scope.route<Asked>({
      ...guarded,
      method: 'UNLOCK',
      handler: async (request, reply) =>
        answerHeld(await states.unlock(request.params.stack, readLockInfo(bodyOf(request))), reply),
    })
  })
}

/**
 * Lets a run in with its token, while it is not over. A run that was given up, and still holds the lock, is let in as well: nobody else
 * could change the state meanwhile, and what it saves now is the only record of what it has made.
 */
async function admit(
  { tokens, isLive, states }: StateRoutesParts,
  request: Request,
  reply: FastifyReply,
): Promise<unknown> {
  const { stack } = request.params
  const { run, password } = credentialsOf(request)
  if (!new RegExp(stackIdPattern).test(stack) || !tokens.verify(password, stack, run)) {
    reply.header('www-authenticate', 'Basic realm="state", charset="UTF-8"')
    return answerError(new Refusal('unauthorized', 'state: not the password of a run of this stack'), reply)
  }
  if ((await isLive(stack, run)) || (await states.holds(stack, run))) return undefined
  return answerError(new Refusal('certificate-refused', `state: run ${run} is over`), reply)
}

async function answerState(states: StateBackend, request: Request, reply: FastifyReply): Promise<unknown> {
  const state = await states.get(request.params.stack)
  if (!state) throw new Refusal('not-found', 'state: there is none yet')
  return reply.header('content-type', 'application/json').header('content-md5', state.md5).send(state.content)
}

async function answerWrite(states: StateBackend, request: Request, reply: FastifyReply): Promise<unknown> {
  const md5 = request.headers['content-md5']
  const write = {
    content: bodyOf(request),
    lockId: request.query.ID ?? null,
    md5: typeof md5 === 'string' ? md5 : null,
    run: credentialsOf(request).run,
  }
  return answerHeld(await states.write(request.params.stack, write), reply)
}

function answerHeld(held: Held | null, reply: FastifyReply): FastifyReply {
  if (!held) return reply.code(200).send()
  return reply.code(423).header('content-type', 'application/json').send(held.heldBy.info)
}

function bodyOf(request: Request): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
}

/** RFC 7617. Empty if there are none. */
function credentialsOf(request: Request): { run: string; password: string } {
  const basic = /^basic ([A-Za-z0-9+/=]+)$/i.exec(request.headers.authorization ?? '')
  const text = Buffer.from(basic?.[1] ?? '', 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon < 0 ? { run: '', password: '' } : { run: text.slice(0, colon), password: text.slice(colon + 1) }
}

function answerError(error: unknown, reply: FastifyReply): FastifyReply {
  if (error instanceof Refusal) {
    return reply.code(statusOf(error.code)).send({ error: { code: error.code, message: error.message } })
  }
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500
  if (status >= 400 && status < 500) {
    return reply.code(status).send({ error: { code: 'bad-request', message: 'state: the request cannot be read' } })
  }
  reply.log.error({ err: error }, 'state request failed')
  return reply.code(500).send({ error: { code: 'internal', message: 'state: internal error' } })
}

function statusOf(code: RefusalCode): number {
  if (code === 'conflict') return 409
  return code === 'unauthorized' ? 401 : apiErrors[code].status
}
