import type { FastifyInstance, FastifyRequest } from 'fastify'
import { decodeJson, type Check } from '../../../protocol/decoded.ts'
import { refusalOf } from './answers.ts'

/** Bodies of JSON are read as text, and decoded by `jsonBody` with the protocol's own checks. */
export function readJsonAsText(routes: FastifyInstance): void {
  routes.removeAllContentTypeParsers()
  routes.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) => done(null, text))
}

/** The document in a request's body. Throws the Refusal of what is wrong with it. */
export function jsonBody<T>(request: FastifyRequest, what: string, check: Check<T>): T {
  const document = decodeJson(what, typeof request.body === 'string' ? request.body : '', check)
  if (!document.ok) throw refusalOf(document.fault)
  return document.value
}
