import { getIntrospectionQuery } from 'graphql'
import { describe, expect, it } from 'vitest'
import { newYear, World } from './fake-services.ts'
import { exchange, viewer, debugInfo, provider, spacectl } from './documents.ts'
import { ask, bearer, serverOf } from './server.ts'

describe('POST /graphql', () => {
  it('exchanges an API key for a token without Authorization', async () => {
    const answer = await ask(serverOf(new World()), exchange, {
      variables: { id: '01JKEY', secret: 's3cret' },
      anonymous: true,
    })
    expect(answer).toEqual({
      data: { apiKeyUser: { jwt: 'header.payload.signature', validUntil: newYear / 1000 + 3660 } },
    })
  })

  it('answers a wrong key with an error, because clients take null for success', async () => {
    const app = serverOf(new World())
    const answer = await ask(app, provider.exchange, { variables: { id: '01JKEY', secret: 'wrong' }, anonymous: true })
    expect(answer.data).toEqual({ apiKeyUser: null })
    expect(answer.errors?.[0]?.message).toContain('unauthorized')
    expect(JSON.stringify(answer)).not.toContain('wrong')
  })

  it('has no viewer for an anonymous caller, and one for a bearer token', async () => {
    const app = serverOf(new World())
    expect(await ask(app, viewer, { anonymous: true })).toEqual({ data: { viewer: null } })
    expect(await ask(app, viewer)).toEqual({ data: { viewer: { id: 'api::01JKEY', name: 'admin' } } })
    expect(await ask(app, viewer, { headers: { authorization: 'Bearer old' } })).toEqual({ data: { viewer: null } })
    expect(await ask(app, viewer, { headers: { authorization: bearer.toLowerCase() } })).toMatchObject({
      data: { viewer: {} },
    })
  })

  it('names a version that spacectl can read', async () => {
    const { data } = await ask(serverOf(new World()), debugInfo, { anonymous: true })
    expect(data).toEqual({ debugInfo: { selfHostedVersion: expect.stringMatching(/^\d+\.\d+\.\d+$/) } })
  })

  it.each([
    ['a query', '{workerPools{id}}'],
    ['a mutation', 'mutation{workerPoolCycle(id: "x")}'],
    ['a field of ours', 'mutation{sourceUpload{uploadUrl}}'],
  ])('refuses %s of an anonymous caller with HTTP 200 and the lower-case word', async (_, query) => {
    const answer = await ask(serverOf(new World()), query, { anonymous: true })
    expect(answer.data).toBeNull()
    expect(answer.errors).toHaveLength(1)
    expect(answer.errors?.[0]?.message).toMatch(/unauthorized/)
  })

  it('keeps data to what was selected', async () => {
    const { data } = await ask(serverOf(new World()), spacectl.stackById, { variables: { id: 'network' } })
    expect(data).toEqual({ stack: { id: 'network', name: 'Network' } })
  })

  it('tolerates empty parentheses', async () => {
    const { data } = await ask(serverOf(new World()), provider.pools)
    expect(data).toMatchObject({ workerPools: [{ name: 'Küche & Bad', driftDetectionRunLimit: null }] })
  })

  it('is introspected with the standard query', async () => {
    const query = getIntrospectionQuery({ inputValueDeprecation: true, specifiedByUrl: true, schemaDescription: true })
    const { data, errors } = await ask(serverOf(new World()), query)
    expect(errors).toBeUndefined()
    expect(data).toMatchObject({ __schema: { queryType: { name: 'Query' } } })
  })

  it('answers what it does not understand with HTTP 200 and where', async () => {
    const answer = await ask(serverOf(new World()), '{workerPools{colour}}')
    expect(answer.errors?.[0]).toMatchObject({ locations: [{ line: 1, column: 14 }] })
    expect(answer.data).toBeUndefined()
    expect((await ask(serverOf(new World()), '{')).errors).toHaveLength(1)
  })

  it('says nothing of a bug but that it happened', async () => {
    const world = new World()
    const parts = world.parts()
    world.parts = () => ({
      ...parts,
      pools: { ...parts.pools, list: () => Promise.reject(new Error('at /secret/path')) },
    })
    const answer = await ask(serverOf(world), spacectl.poolList)
    expect(answer.errors).toMatchObject([{ message: 'internal error', extensions: { code: 'internal' } }])
  })

  it('withholds the words that make the Terraform provider drop a resource', async () => {
    const answer = await ask(
      serverOf(new World()),
      'query{searchStacks(input: {predicates: [{field: "not found", constraint: {}}]}){pageInfo{endCursor}}}',
    )
    expect(answer.errors?.[0]?.message).toMatch(/cannot search by/)
    expect(answer.errors?.[0]?.message).not.toMatch(/not found/)
  })

  it.each([
    ['what is not JSON', '{"query":', 400],
    ['a list of questions', '[{"query":"{viewer{id}}"}]', 400],
    ['a body without a query', '{"variables":{}}', 400],
    ['variables that are a list', '{"query":"{viewer{id}}","variables":[]}', 400],
    ['a large body of an anonymous caller', JSON.stringify({ query: `{viewer{id}}#${'x'.repeat(70_000)}` }), 413],
  ])('refuses %s', async (_, payload, status) => {
    const headers = { 'content-type': 'application/json' }
    const response = await serverOf(new World()).inject({ method: 'POST', url: '/graphql', headers, payload })
    expect(response.statusCode).toBe(status)
    expect(response.json()).toEqual({ errors: [{ message: expect.any(String) }] })
  })

  it('refuses a body of an anonymous caller that does not say how large it is', async () => {
    const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' }
    const response = await serverOf(new World()).inject({ method: 'POST', url: '/graphql', headers })
    expect(response.statusCode).toBe(413)
  })
})
