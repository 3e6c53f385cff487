import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Refusal } from '../base/errors.ts'
import type { Links, Permit } from './links.ts'
import type { StateAdministration } from './services.ts'

/** Where the sources of stacks are put before a stack is applied. */
export interface Uploads {
  /** Stores a source, durable when it resolves; what no stack is made with is forgotten after a while. Rejects with `too-large`. */
  upload(content: Readable): Promise<{ readonly id: string }>
}

interface Transfers {
  readonly uploads: Uploads
  readonly states: StateAdministration
  readonly linksFor: (request: FastifyRequest) => Links
}

interface Transfer {
  Params: { id: string }
  Querystring: { expires?: string; signature?: string; version?: string }
}

/** `PUT /transfers/upload/:id` and `GET /transfers/state/:id`, for whoever has a link that permits it. */
export async function transferRoutes(app: FastifyInstance, { uploads, states, linksFor }: Transfers): Promise<void> {
  const assertPermitted = (request: FastifyRequest<Transfer>, permit: Permit) => {
    if (!linksFor(request).permits(permit, request.query)) {
      throw new Refusal('unauthorized', 'this link was not made here, or its time is over: ask for another one')
    }
  }
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))

  app.put<Transfer & { Body: Readable }>('/transfers/upload/:id', async (request, reply) => {
    const { id } = request.params
    assertPermitted(request, { kind: 'upload', id })
    const source = await uploads.upload(request.body ?? request.raw)
    // spacectl takes 200 and 201 for success, and no other status.
    return reply.status(201).send({ id: source.id })
  })

  app.get<Transfer>('/transfers/state/:id', async (request, reply) => {
    const { id } = request.params
    const version = request.query.version ?? ''
    assertPermitted(request, { kind: 'state', id, version })
    const state = await states.read(id, version || undefined)
    if (state === null) throw new Refusal('not-found', `state of stack ${id} not found`)
    return reply.type('application/json').send(state)
  })
}
