import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { ulid } from 'ulid'
import { afterAll, expect, it } from 'vitest'
import { ApiKeys } from '../../../mothership/src/secrets/api-keys.ts'
import { openMasterKey } from '../../../mothership/src/secrets/master-key.ts'
import { isSecretOf, newSecret, secretHash } from '../../../mothership/src/secrets/secret-hash.ts'
import { EnvelopeRefused, Secrets } from '../../../mothership/src/secrets/secrets.ts'
import { StateTokens } from '../../../mothership/src/secrets/state-tokens.ts'
import { Tokens } from '../../../mothership/src/secrets/tokens.ts'
import { Store } from '../../../mothership/src/store/store.ts'

const made: string[] = []
afterAll(() => Promise.all(made.map((path) => rm(path, { recursive: true, force: true }))))

async function newDirectory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'secrets-'))
  made.push(path)
  return path
}

const masterKey = (byte: number) => new Uint8Array(32).fill(byte)

/** A clock that a test moves by hand. */
function clockAt(start: number) {
  const clock = { at: start, now: () => clock.at, sleep: () => Promise.resolve() }
  return clock
}

it('makes the master key once, for this user only', async () => {
  const directory = await newDirectory()
  const [path, database] = [join(directory, 'mothership.key'), join(directory, 'mothership.db')]
  const key = await openMasterKey(path, database)
  expect(key.length).toBe(32)
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  await writeFile(database, '')
  expect(Buffer.from(await openMasterKey(path, database))).toEqual(await readFile(path))
})

it('refuses a database without its master key, and a key that was cut', async () => {
  const directory = await newDirectory()
  const [path, database] = [join(directory, 'mothership.key'), join(directory, 'mothership.db')]
  await writeFile(database, '')
  await expect(openMasterKey(path, database)).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('is missing') as string,
  })
  await writeFile(path, 'short')
  await expect(openMasterKey(path, database)).rejects.toThrow('expected 32 bytes, found 5')
})

it('opens what it sealed, in its place and under its key only', () => {
  const secrets = new Secrets(masterKey(1))
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), fc.string(), (text, context, other) => {
      const envelope = secrets.seal(text, context)
      expect(secrets.open(envelope, context)).toBe(Buffer.from(text).toString())
      if (other !== context) expect(() => secrets.open(envelope, other)).toThrow(EnvelopeRefused)
      expect(() => new Secrets(masterKey(2)).open(envelope, context)).toThrow(EnvelopeRefused)
    }),
  )
})

it('opens no envelope that was changed or cut anywhere', () => {
  const secrets = new Secrets(masterKey(1))
  const envelope = secrets.sealBytes(Buffer.from('the secret'), 'here')
  for (let at = 0; at < envelope.length; at += 1) {
    const changed = Buffer.from(envelope)
    changed[at] = Number(changed[at]) ^ 1
    expect(() => secrets.openBytes(changed, 'here'), `byte ${at}`).toThrow(EnvelopeRefused)
    expect(() => secrets.openBytes(envelope.subarray(0, at), 'here'), `cut at ${at}`).toThrow(EnvelopeRefused)
  }
  expect(() => secrets.openBytes(Buffer.concat([envelope, Buffer.of(0)]), 'here')).toThrow(EnvelopeRefused)
})

it('knows a secret by its hash', () => {
  const secret = newSecret()
  expect(Buffer.from(secret, 'base64url')).toHaveLength(32)
  expect(isSecretOf(secret, secretHash(secret))).toBe(true)
  for (const other of ['', `${secret}x`, newSecret()]) expect(isSecretOf(other, secretHash(secret))).toBe(false)
  expect(isSecretOf(secret, '')).toBe(false)
})

it('verifies API keys by id and secret, and keeps no secret', async () => {
  const store = await Store.open(':memory:')
  const keys = new ApiKeys({ store, clock: clockAt(1000), newId: () => ulid() })
  const { id, secret } = await keys.create('laptop')
  expect(await keys.verify(id, secret)).toEqual({ id, name: 'laptop' })
  expect(await keys.verify(id, newSecret())).toBeNull()
  expect(await keys.verify('nobody', secret)).toBeNull()
  expect(JSON.stringify(await store.read((tables) => tables.keys.get(id)))).not.toContain(secret)
  expect(await keys.list()).toEqual([{ id, name: 'laptop' }])
  await keys.remove(id)
  expect(await keys.verify(id, secret)).toBeNull()
})

it('issues tokens with exactly one audience, which tools talk to', () => {
  const clock = clockAt(1_000_000)
  const tokens = new Tokens(new Secrets(masterKey(1)), clock, 'https://mothership:1983/')
  const { jwt, validUntil } = tokens.issue({ subject: 'api::k', name: 'laptop', scope: 'api', lifetimeSeconds: 60 })
  const claims: unknown = JSON.parse(Buffer.from(String(jwt.split('.')[1]), 'base64url').toString())
  expect(claims).toEqual({
    iss: 'spacelift',
    aud: 'https://mothership:1983',
    sub: 'api::k',
    name: 'laptop',
    scope: 'api',
    iat: 1000,
    exp: 1060,
  })
  expect(JSON.parse(Buffer.from(String(jwt.split('.')[0]), 'base64url').toString())).toEqual({
    alg: 'HS256',
    typ: 'JWT',
  })
  expect(validUntil).toBe(1060)
  expect(tokens.verify(jwt, 'api')).toEqual(claims)
  expect(tokens.verify(jwt, 'state')).toBeNull()
  clock.at = 1_060_000
  expect(tokens.verify(jwt, 'api')).toBeNull()
})

it('verifies no token that was changed, of another key, another server, or without a signature', () => {
  const clock = clockAt(1_000_000)
  const tokens = new Tokens(new Secrets(masterKey(1)), clock, 'https://here')
  const wish = { subject: 's', name: 'n', scope: 'api', lifetimeSeconds: 60 } as const
  const { jwt } = tokens.issue(wish)
  const [head, body] = jwt.split('.')
  const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')
  for (const other of [
    '',
    '.',
    '..',
    `${head}.${body}.`,
    `${none}.${body}.`,
    jwt.slice(0, -2),
    new Tokens(new Secrets(masterKey(2)), clock, 'https://here').issue(wish).jwt,
    new Tokens(new Secrets(masterKey(1)), clock, 'https://there').issue(wish).jwt,
  ]) {
    expect(tokens.verify(other, 'api'), other).toBeNull()
  }
  fc.assert(fc.property(fc.string(), (text) => tokens.verify(text, 'api') === null))
})

it('lets a state token into one stack in one run', () => {
  const tokens = new Tokens(new Secrets(masterKey(1)), clockAt(1_000_000), 'https://here')
  const states = new StateTokens(tokens)
  const token = states.issue('net', 'run1')
  expect(states.verify(token, 'net', 'run1')).toBe(true)
  expect(states.verify(token, 'net', 'run2')).toBe(false)
  expect(states.verify(token, 'other', 'run1')).toBe(false)
  expect(tokens.verify(token, 'api')).toBeNull()
})
