import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Agent, request } from 'undici'

interface Answer<T> {
  readonly data?: T
  readonly errors?: readonly { readonly message: string }[]
}

/** Somebody who has the profile that a mothership wrote into its data directory. */
export async function openPerson(dataDirectory: string) {
  const profile = JSON.parse(await readFile(join(dataDirectory, 'profile.json'), 'utf8')) as Record<
    'endpoint' | 'keyId' | 'keySecret' | 'authority',
    string
  >
  const dispatcher = new Agent({ connect: { ca: profile.authority } })
  const post = async <T>(query: string, variables: object, jwt?: string): Promise<T> => {
    const headers = { 'content-type': 'application/json', ...(jwt && { authorization: `Bearer ${jwt}` }) }
    const body = JSON.stringify({ query, variables })
    const answer = await request(`${profile.endpoint}/graphql`, { method: 'POST', headers, body, dispatcher })
    const { data, errors } = (await answer.body.json()) as Answer<T>
    if (errors || data === undefined) throw new Error(JSON.stringify(errors))
    return data
  }
  const exchange = 'mutation($id: ID!, $secret: String!) { apiKeyUser(id: $id, secret: $secret) { jwt } }'
  const { keyId: id, keySecret: secret } = profile
  const { apiKeyUser } = await post<{ apiKeyUser: { jwt: string } }>(exchange, { id, secret })
  return {
    profile,
    ask: <T>(query: string, variables: object = {}) => post<T>(query, variables, apiKeyUser.jwt),
    get: async (path: string) => {
      const answer = await request(`${profile.endpoint}${path}`, { dispatcher })
      return { status: answer.statusCode, text: await answer.body.text() }
    },
    [Symbol.asyncDispose]: () => dispatcher.destroy(),
  }
}

export type Person = Awaited<ReturnType<typeof openPerson>>
