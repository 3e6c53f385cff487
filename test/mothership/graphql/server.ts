import { fastify, type FastifyInstance } from 'fastify'
import { graphqlRoutes } from '../../../mothership/src/graphql/routes.ts'
import type { World } from './fake-services.ts'

export interface Answer {
  readonly data?: Record<string, unknown> | null
  readonly errors?: readonly { readonly message: string; readonly extensions?: Record<string, unknown> }[]
}

interface Options {
  readonly variables?: Record<string, unknown>
  readonly operationName?: string
  readonly headers?: Record<string, string | string[]>
  /** Without Authorization. */
  readonly anonymous?: boolean
}

/** The GraphQL plugin on fake services, to be asked without a network. */
export function serverOf(world: World): FastifyInstance {
  const app = fastify()
  void app.register(graphqlRoutes, world.parts())
  return app
}

export const bearer = 'Bearer header.payload.signature'

/** Asks as the clients do, and insists on HTTP 200. */
export async function ask(app: FastifyInstance, query: string, options: Options = {}): Promise<Answer> {
  const { variables, operationName, headers = {}, anonymous = false } = options
  const response = await app.inject({
    method: 'POST',
    url: '/graphql',
    headers: { 'content-type': 'application/json', ...(anonymous ? {} : { authorization: bearer }), ...headers },
    payload: JSON.stringify({ query, ...(variables && { variables }), ...(operationName && { operationName }) }),
  })
  if (response.statusCode !== 200) throw new Error(`HTTP ${response.statusCode}: ${response.body}`)
  return response.json()
}

/** One field of an answer's data, which must be there. */
export function dataOf<T>({ data, errors }: Answer, field: string): T {
  if (errors) throw new Error(errors[0]?.message)
  return data?.[field] as T
}
