import type { FastifyInstance } from 'fastify'

/**
 * Cuts the connection of whoever takes longer than `ms` for the body of a request. For bodies that are kept in memory: those that are
 * streamed may be as long as they like, while they flow.
 */
export function limitBodyTime(routes: FastifyInstance, ms: number): void {
  routes.addHook('preParsing', async (_request, _reply, payload) => {
    const cut = setTimeout(() => payload.destroy?.(), ms)
    const done = () => clearTimeout(cut)
    payload.once('end', done)
    payload.once('close', done)
    return payload
  })
}
