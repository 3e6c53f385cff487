import { Refusal } from '../../base/errors.ts'
import type { Asked, RootFields } from '../asked.ts'
import type { Person } from '../services.ts'

/**
 * The version of Spacelift's self-hosted product that clients take us for. From 6.0.0 spacectl sends its present documents; an older
 * one makes it leave out fields, an empty one makes it believe that it talks to Spacelift itself, and what is not a version crashes it.
 */
const selfHostedVersion = '6.0.0'

/** What an anonymous caller may ask. */
export const openFields = {
  debugInfo: () => ({ selfHostedVersion }),
  viewer: (_: unknown, { person }: Asked) => person && userObject(person),

  async apiKeyUser({ id, secret }: { id: string; secret: string }, { rooms }: Asked) {
    const person = await rooms.keys.verify(id, secret)
    if (!person) throw new Refusal('unauthorized', 'unauthorized: no API key with this id and secret')
    const { jwt, validUntil } = rooms.tokens.issue(person)
    return { ...userObject(person), jwt, validUntil }
  },
} as const satisfies RootFields<Asked>

function userObject({ id, name }: Person) {
  return { id, name, jwt: null, validUntil: null }
}
