import type { FastifyInstance } from 'fastify'
import { describe, expect, it } from 'vitest'
import { spacectl } from './documents.ts'
import { World } from './fake-services.ts'
import { ask, dataOf, serverOf } from './server.ts'

const pathOf = (url: string) => url.replace(/^https?:\/\/[^/]+/, '')

async function uploadUrl(app: FastifyInstance): Promise<string> {
  const answer = await ask(app, 'mutation{sourceUpload{uploadUrl uploadHeaders{entries{key value}}}}', {
    headers: { host: 'mothership.example:1983' },
  })
  return dataOf<{ uploadUrl: string }>(answer, 'sourceUpload').uploadUrl
}

describe('uploads', () => {
  it('go to an address that needs no Authorization, on the host that was asked, and are answered with their id', async () => {
    const world = new World()
    const app = serverOf(world)
    const url = await uploadUrl(app)
    expect(url).toMatch(/^http:\/\/mothership\.example:1983\/transfers\/upload\//)
    const response = await app.inject({ method: 'PUT', url: pathOf(url), payload: Buffer.from('a tar') })
    expect(response.statusCode).toBe(201)
    const { id } = response.json<{ id: string }>()
    expect(world.uploads.get(id)?.toString()).toBe('a tar')
  })

  it('are taken with any content type, also one that looks like JSON', async () => {
    const world = new World()
    const app = serverOf(world)
    const headers = { 'content-type': 'application/json' }
    const url = pathOf(await uploadUrl(app))
    const response = await app.inject({ method: 'PUT', url, payload: '{not json', headers })
    expect(response.statusCode).toBe(201)
    expect([...world.uploads.values()].map(String)).toEqual(['{not json'])
  })

  it.each([
    ['another place', (url: string) => url.replace(/upload\/[^?]*/, 'upload/01JOTHER')],
    ['a later end', (url: string) => url.replace(/expires=\d+/, 'expires=9999999999999')],
    ['no signature', (url: string) => url.replace(/&signature=.*/, '')],
    ['another signature', (url: string) => url.replace(/signature=.{3}/, 'signature=___')],
  ])('are refused for %s', async (_, forge) => {
    const world = new World()
    const app = serverOf(world)
    const url = forge(pathOf(await uploadUrl(app)))
    const response = await app.inject({ method: 'PUT', url, payload: 'x' })
    expect(response.statusCode).toBe(403)
    expect(world.uploads.size).toBe(0)
  })

  it('are refused when the link is old', async () => {
    const world = new World()
    const app = serverOf(world)
    const url = pathOf(await uploadUrl(app))
    world.now += 3_600_000
    expect((await app.inject({ method: 'PUT', url, payload: 'x' })).statusCode).toBe(403)
  })
})

describe('states', () => {
  it('are read from the address that spacectl is given, without Authorization', async () => {
    const world = new World()
    const app = serverOf(world)
    const state = JSON.stringify({ version: 4, name: 'ä' })
    await ask(app, 'mutation($state:String!){statePush(stack: "network", state: $state){id}}', { variables: { state } })
    const answer = await ask(app, spacectl.statePull, { variables: { input: { stackId: 'network' } } })
    const { url } = dataOf<{ url: string }>(answer, 'stateDownloadUrl')
    const response = await app.inject({ method: 'GET', url: pathOf(url) })
    expect(response.statusCode).toBe(200)
    expect(response.body).toBe(state)
    expect((await app.inject({ method: 'GET', url: pathOf(url).replace('network', 'other') })).statusCode).toBe(403)
  })

  it('of an older version have their own address', async () => {
    const world = new World()
    const app = serverOf(world)
    await ask(app, 'mutation{statePush(stack: "network", state: "old"){id}}')
    await ask(app, 'mutation{statePush(stack: "network", state: "new"){id}}')
    const { data } = await ask(app, '{stack(id: "network"){stateVersions{id serial createdAt length rescued run}}}')
    const versions = (data as { stack: { stateVersions: { id: string }[] } }).stack.stateVersions
    const variables = { input: { stackId: 'network', version: versions[1]?.id } }
    const link = await ask(app, spacectl.statePull, { variables })
    const { url } = dataOf<{ url: string }>(link, 'stateDownloadUrl')
    expect((await app.inject({ method: 'GET', url: pathOf(url) })).body).toBe('old')
  })

  it('that are not kept are said to be missing before a link is given', async () => {
    const app = serverOf(new World())
    const answer = await ask(app, spacectl.statePull, { variables: { input: { stackId: 'network' } } })
    expect(answer.errors).toMatchObject([{ extensions: { code: 'not-found' } }])
  })

  it('are locked, unlocked and rolled back', async () => {
    const world = new World()
    const app = serverOf(world)
    await ask(app, 'mutation{statePush(stack: "network", state: "old"){id}}')
    world.locks.set('network', { id: 'l', who: 'ann@laptop', operation: 'apply', run: null, at: world.now })
    expect((await ask(app, '{stack(id: "network"){stateLock{who operation at}}}')).data).toEqual({
      stack: { stateLock: { who: 'ann@laptop', operation: 'apply', at: Math.floor(world.now / 1000) } },
    })
    expect((await ask(app, 'mutation{statePush(stack: "network", state: "x"){id}}')).errors).toMatchObject([
      { extensions: { code: 'conflict' } },
    ])
    expect((await ask(app, 'mutation{stateUnlock(stack: "network"){who}}')).data).toEqual({
      stateUnlock: { who: 'ann@laptop' },
    })
    expect((await ask(app, 'mutation{stateUnlock(stack: "network"){who}}')).data).toEqual({ stateUnlock: null })
    const first = world.states.get('network')?.[0]?.version.id ?? ''
    expect((await ask(app, `mutation{stateRollback(stack: "network", version: "${first}"){serial}}`)).data).toEqual({
      stateRollback: { serial: 2 },
    })
  })
})
