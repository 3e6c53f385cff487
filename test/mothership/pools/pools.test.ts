import { X509Certificate } from 'node:crypto'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ulid } from 'ulid'
import { afterAll, expect, it } from 'vitest'
import { decodeToken } from '../../../protocol/token.ts'
import { openAuthority } from '../../../mothership/src/pools/authority.ts'
import { makeKeyRequest } from '../../../mothership/src/pools/key-request.ts'
import { Pools } from '../../../mothership/src/pools/pools.ts'
import { openServerIdentity } from '../../../mothership/src/pools/server-identity.ts'
import { Secrets } from '../../../mothership/src/secrets/secrets.ts'
import { Store } from '../../../mothership/src/store/store.ts'

const made: string[] = []
afterAll(() => Promise.all(made.map((path) => rm(path, { recursive: true, force: true }))))

const day = 24 * 60 * 60 * 1000
const request = (await makeKeyRequest()).certificateSigningRequest
const person = { id: 'api::test', name: 'test' }

async function place(now = Date.now()) {
  const directory = await mkdtemp(join(tmpdir(), 'pools-'))
  made.push(directory)
  return { directory: join(directory, 'keys'), secrets: new Secrets(new Uint8Array(32).fill(7)), now }
}

async function world() {
  const store = await Store.open(':memory:')
  const authority = await openAuthority(await place(), store)
  const told: string[] = []
  const pools = new Pools({
    store,
    authority,
    newId: () => ulid(),
    clock: { now: () => Date.now(), sleep: () => Promise.resolve() },
    endpoints: { broker: 'mqtts://mothership:1984', api: 'https://mothership:1985' },
    onReset: (pool) => Promise.resolve(void told.push(pool)),
  })
  return { store, authority, pools, told }
}

const fingerprintOf = (pem: string) => new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase()

function tokenOf(config: string | null) {
  const token = decodeToken(config ?? '')
  if (!token.ok) throw new Error(token.fault.message)
  return token.value
}

it('gives a token at the creation and never again', async () => {
  const { pools, authority } = await world()
  const pool = await pools.create({ name: ' Größe 1 ', certificateSigningRequest: request, labels: ['a'] })
  const token = tokenOf(pool.config)
  expect(token).toMatchObject({
    pool: { id: pool.id },
    broker: { endpoint: 'mqtts://mothership:1984' },
    authority: authority.certificate,
  })
  expect(new X509Certificate(token.certificate).subject).toBe(`CN=${pool.id}`)
  expect(await pools.poolOf(fingerprintOf(token.certificate))).toBe(pool.id)
  expect(await pools.get(pool.id)).toEqual({ ...pool, config: null })
  expect(pool).toMatchObject({ name: 'Größe 1', labels: ['a'], space: 'root', description: null })
})

it("makes the old certificate of a reset pool nobody's, and tells its workers", async () => {
  const { pools, told } = await world()
  const pool = await pools.create({ name: 'p', certificateSigningRequest: request })
  const reset = await pools.reset(pool.id, Buffer.from(request).toString('base64'), person)
  expect(await pools.poolOf(fingerprintOf(tokenOf(pool.config).certificate))).toBeNull()
  expect(await pools.poolOf(fingerprintOf(tokenOf(reset.config).certificate))).toBe(pool.id)
  expect(told).toEqual([pool.id])
})

it('keeps names apart and changes nothing when it refuses', async () => {
  const { pools, told } = await world()
  const one = await pools.create({ name: 'one', certificateSigningRequest: request })
  const two = await pools.create({ name: 'two', certificateSigningRequest: request })
  await expect(pools.create({ name: 'one', certificateSigningRequest: request })).rejects.toMatchObject({
    code: 'conflict',
  })
  await expect(pools.update(two.id, { name: 'one' })).rejects.toMatchObject({ code: 'conflict' })
  await expect(pools.reset(one.id, 'rubbish', person)).rejects.toMatchObject({ code: 'bad-request' })
  await expect(pools.reset('none', request, person)).rejects.toMatchObject({ code: 'not-found' })
  await expect(
    pools.create({ name: ' ', certificateSigningRequest: request, driftDetectionRunLimit: -1 }),
  ).rejects.toThrow('pool name: is empty; pool drift detection run limit: expected 0 or more, got -1')
  expect((await pools.list()).map((pool) => pool.name)).toEqual(['one', 'two'])
  expect(told).toEqual([])
})

it('changes what an update names and keeps the rest', async () => {
  const { pools } = await world()
  const pool = await pools.create({ name: 'p', certificateSigningRequest: request, description: 'old', labels: ['x'] })
  expect(await pools.update(pool.id, { name: 'q', description: null })).toMatchObject({
    name: 'q',
    description: null,
    labels: ['x'],
  })
})

it('refuses to remove a pool that stacks use', async () => {
  const { pools, store, told } = await world()
  const pool = await pools.create({ name: 'p', certificateSigningRequest: request })
  const stack = { id: 's', pool: pool.id, snapshot: { id: 's' } as never, createdAt: 1, updatedAt: 1 }
  await store.transaction((tables) => tables.stacks.insert(stack))
  await expect(pools.remove(pool.id, person)).rejects.toMatchObject({
    code: 'conflict',
    message: 'pool p is used by stacks s',
  })
  await store.transaction((tables) => tables.stacks.remove('s'))
  await pools.remove(pool.id, person)
  expect(await pools.get(pool.id)).toBeNull()
  expect(told).toEqual([pool.id])
})

it('keeps its authority over a restart, readable by nobody else', async () => {
  const where = await place()
  const store = await Store.open(':memory:')
  const first = await openAuthority(where, store)
  const second = await openAuthority(where, store)
  expect(second.certificate).toBe(first.certificate)
  expect(second.key.equals(first.key)).toBe(true)
  expect((await stat(join(where.directory, 'authority.sealed'))).mode & 0o777).toBe(0o600)
})

it('refuses to go on with another master key, or without the authority that pools hold certificates of', async () => {
  const where = await place()
  const { pools, store } = await world()
  await openAuthority(where, store)
  const wrong = { ...where, secrets: new Secrets(new Uint8Array(32).fill(8)) }
  await expect(openAuthority(wrong, store)).rejects.toMatchObject({ code: 'conflict' })
  await pools.create({ name: 'p', certificateSigningRequest: request })
  await expect(openAuthority(await place(), store)).rejects.toThrow('but pools hold certificates of it')
})

it('renews the certificate of the servers when a name is new, its end is near, or the authority is another', async () => {
  const where = await place()
  const store = await Store.open(':memory:')
  const issuer = await openAuthority(where, store)
  const first = await openServerIdentity(where, issuer, ['a.example'])
  expect(await openServerIdentity(where, issuer, ['a.example'])).toEqual(first)
  const named = await openServerIdentity(where, issuer, ['b.example', '10.0.0.1'])
  expect(named.certificate).not.toBe(first.certificate)
  for (const host of ['b.example', 'localhost', 'host.docker.internal']) {
    expect(new X509Certificate(named.certificate).checkHost(host), host).toBe(host)
  }
  const later = await openServerIdentity({ ...where, now: where.now + 800 * day }, issuer, ['b.example'])
  expect(later.certificate).not.toBe(named.certificate)
  const other = await openAuthority(await place(), store)
  const under = await openServerIdentity(where, other, ['b.example'])
  expect(new X509Certificate(under.certificate).verify(new X509Certificate(other.certificate).publicKey)).toBe(true)
})
