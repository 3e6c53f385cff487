import { createHash } from 'node:crypto'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { serveStates, stateOf, stateWorld } from './world.ts'

const md5 = (content: string) => createHash('md5').update(content).digest('base64')
const lockOf = (id: string) =>
  JSON.stringify({
    ID: id,
    Operation: 'OperationTypeApply',
    Info: '',
    Who: 'root@box',
    Version: '1.10.0',
    Created: '2026-01-01T00:00:00Z',
    Path: '',
  })

interface Call {
  readonly method: string
  readonly path: string
  readonly as: string
  readonly body?: string
  readonly headers?: Record<string, string>
}

async function call(address: string, { method, path, as, body, headers }: Call) {
  const sent = request(new URL(path, address), {
    method,
    auth: as,
    agent: false,
    headers: { ...headers, ...(body ? { 'content-length': String(Buffer.byteLength(body)) } : {}) },
  })
  const answered = new Promise<{ status: number; body: string; headers: NodeJS.Dict<string | string[]> }>(
    (resolve, reject) => {
      sent.once('error', reject)
      sent.once('response', (response) => {
        text(response).then(
          (read) => resolve({ status: response.statusCode ?? 0, body: read, headers: response.headers }),
          reject,
        )
      })
    },
  )
  sent.end(body)
  return answered
}

it('keeps a state between lock and unlock', async () => {
  await using world = await stateWorld()
  await using server = await serveStates(world)
  const as = `run1:${world.tokens.issue('net', 'run1')}`
  const ask = (method: string, body?: string, query = '') =>
    call(server.address, {
      method,
      path: `/state/net${query}`,
      as,
      ...(body ? { body, headers: { 'content-md5': md5(body), 'content-type': 'application/json' } } : {}),
    })
  expect((await ask('GET')).status).toBe(404)
  expect((await ask('LOCK', lockOf('L1'))).status).toBe(200)
  expect((await ask('POST', stateOf(1), '?ID=L1')).status).toBe(200)
  expect((await ask('UNLOCK', lockOf('L1'))).status).toBe(200)
  const got = await ask('GET')
  expect(got).toMatchObject({ status: 200, body: stateOf(1) })
  expect(got.headers['content-md5']).toBe(md5(stateOf(1)))
  expect(await world.files.versions('net')).toMatchObject([{ serial: 1, lineage: 'one', run: 'run1', rescued: false }])
})

it('tells whoever finds the state locked who holds it, in the form that the tools show', async () => {
  await using world = await stateWorld()
  await using server = await serveStates(world)
  const as = (run: string) => `${run}:${world.tokens.issue('net', run)}`
  await call(server.address, { method: 'LOCK', path: '/state/net', as: as('run1'), body: lockOf('L1') })
  for (const [method, path, body] of [
    ['LOCK', '/state/net', lockOf('L2')],
    ['POST', '/state/net', stateOf(1)],
    ['POST', '/state/net?ID=L2', stateOf(1)],
    ['UNLOCK', '/state/net', lockOf('L2')],
  ] as const) {
    const answer = await call(server.address, { method, path, as: as('run2'), body })
    expect(answer.status, `${method} ${path}`).toBe(423)
    expect(JSON.parse(answer.body)).toMatchObject({
      ID: 'L1',
      Who: 'root@box',
      Operation: 'OperationTypeApply',
      Info: '(run run1)',
    })
  }
  expect((await call(server.address, { method: 'UNLOCK', path: '/state/net', as: as('run2') })).status).toBe(423)
  expect(await world.files.lock('net')).toMatchObject({ id: 'L1', who: 'root@box', run: 'run1' })
})

it('lets a run in with its own token only, while it is not over', async () => {
  await using world = await stateWorld()
  await using server = await serveStates(world)
  const good = world.tokens.issue('net', 'run1')
  const get = async (path: string, as: string) => (await call(server.address, { method: 'GET', path, as })).status
  expect(await get('/state/net', `run1:${good}`)).toBe(404)
  for (const [path, as] of [
    ['/state/other', `run1:${good}`],
    ['/state/net', `run2:${good}`],
    ['/state/net', 'run1:'],
    ['/state/net', `run1:${good}x`],
    ['/state/net', ':'],
    ['/state/..%2fnet', `run1:${good}`],
    ['/state/NET', `run1:${world.tokens.issue('NET', 'run1')}`],
  ] as const) {
    expect(await get(path, as), `${path} ${as.slice(0, 8)}`).toBe(401)
  }
  world.over.add('run1')
  expect(await get('/state/net', `run1:${good}`)).toBe(403)
})

it('lets a run that was given up save and unlock what it still holds', async () => {
  await using world = await stateWorld()
  await using server = await serveStates(world)
  const as = `run1:${world.tokens.issue('net', 'run1')}`
  const ask = async (method: string, path: string, body: string) =>
    (await call(server.address, { method, path, as, body })).status
  expect(await ask('LOCK', '/state/net', lockOf('L1'))).toBe(200)
  world.over.add('run1')
  expect(await ask('POST', '/state/net?ID=L1', stateOf(1))).toBe(200)
  expect(await ask('UNLOCK', '/state/net', lockOf('L1'))).toBe(200)
  expect(await ask('POST', '/state/net?ID=L1', stateOf(2))).toBe(403)
})

it('refuses what is damaged or no state, and keeps what was there', async () => {
  await using world = await stateWorld()
  await using server = await serveStates(world)
  const as = `run1:${world.tokens.issue('net', 'run1')}`
  const ask = (method: string, body: string, headers = {}) =>
    call(server.address, { method, path: '/state/net', as, body, headers })
  expect((await ask('POST', stateOf(1))).status).toBe(200)
  expect((await ask('POST', stateOf(2), { 'content-md5': md5('else') })).status).toBe(422)
  for (const body of ['x', '[]', '{}', '{"serial":-1,"lineage":"a"}', '{"serial":1.5,"lineage":"a"}'])
    expect((await ask('POST', body)).status, body).toBe(400)
  for (const body of ['x', '[]', '{}', '{"ID":""}', '"ID"', 'null'])
    expect((await ask('LOCK', body)).status, body).toBe(400)
  expect((await ask('PUT', stateOf(3))).status).toBe(404)
  expect((await ask('DELETE', '')).status).toBe(404)
  expect((await world.backend.get('net'))?.content.toString()).toBe(stateOf(1))
})
