import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ulid } from 'ulid'
import { encodeToken } from '../../../protocol/token.ts'
import { readCredentials } from '../../../launcher/src/identity/credentials.ts'
import { newKey, ThrowawayAuthority } from '../../fakes/certificates.ts'

const now = Date.now()
const dayMs = 86_400_000
const authority = new ThrowawayAuthority()
const pool = authority.issue({ name: 'pool', until: now + dayMs })
const base64 = (text: string) => Buffer.from(text).toString('base64')

const fields = {
  version: 1,
  broker: { endpoint: 'mqtts://broker.example:1984' },
  api: { endpoint: 'https://api.example:1985' },
  pool: { id: ulid() },
  certificate: pool.certificate,
  authority: authority.certificate,
} as const

const token = encodeToken(fields)
const privateKey = base64(pool.privateKey)
const problemsOf = (texts: { token?: string | null; privateKey?: string | null }, at = now) =>
  readCredentials({ token, privateKey, ...texts }, at).problems

const pemOf = (key: ReturnType<typeof newKey>) => key.export({ type: 'pkcs8', format: 'pem' }).toString()
const certificateOf = (wish: { from?: number; until?: number }) =>
  authority.issue({ name: 'pool', key: poolKey, ...wish }).certificate
const poolKey = newKey()

describe('readCredentials', () => {
  it('reads a token and the key that goes with it', () => {
    const { credentials, problems } = readCredentials({ token, privateKey }, now)
    expect(problems).toEqual([])
    expect(credentials?.token).toEqual(fields)
    expect(credentials?.keys.publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048)
    expect(Math.abs((credentials?.expiresAt ?? 0) - (now + dayMs))).toBeLessThan(1000)
  })

  it('tolerates line breaks, and PKCS #1', () => {
    const lines = (text: string) => text.replaceAll(/(.{76})/g, '$1\n')
    expect(problemsOf({ token: lines(token), privateKey: `${lines(privateKey)}\r\n` })).toEqual([])
    const pkcs1 = poolKey.export({ type: 'pkcs1', format: 'pem' }).toString()
    expect(
      problemsOf({ token: encodeToken({ ...fields, certificate: certificateOf({}) }), privateKey: base64(pkcs1) }),
    ).toEqual([])
  })

  it('says at which byte base64 is broken, in the words that users know', () => {
    expect(problemsOf({ token: `${token.slice(0, 100)}*${token.slice(100)}` })).toEqual([
      'cannot retrieve workerpool token: unable to base64 decode token: illegal base64 data at input byte 100',
    ])
    expect(problemsOf({ privateKey: `${privateKey.slice(0, 7)}?` })).toEqual([
      'cannot retrieve workerpool token: unable to base64 decode privateKey: illegal base64 data at input byte 7',
    ])
  })

  it('tells a token that was encoded twice, cut, or of another version', () => {
    expect(problemsOf({ token: base64(token) })).toEqual([
      'cannot retrieve workerpool token: token is not JSON after base64 decoding: was it encoded twice, or cut?',
    ])
    expect(problemsOf({ token: token.slice(0, 400) })).toEqual([
      'cannot retrieve workerpool token: token is not JSON after base64 decoding: was it encoded twice, or cut?',
    ])
    expect(problemsOf({ token: base64(JSON.stringify({ ...fields, version: 2 })) })).toEqual([
      'cannot retrieve workerpool token: token is of version 2, this launcher reads version 1',
    ])
  })

  it('tells a token whose certificates or addresses cannot be used', () => {
    const broken = '-----BEGIN CERTIFICATE-----\nrubbish\n-----END CERTIFICATE-----\n'
    expect(problemsOf({ token: encodeToken({ ...fields, certificate: broken }) })).toEqual([
      'SPACELIFT_TOKEN: its certificate cannot be read',
    ])
    expect(problemsOf({ token: encodeToken({ ...fields, authority: broken }) })).toEqual([
      "SPACELIFT_TOKEN: its authority's certificate cannot be read",
    ])
    expect(problemsOf({ token: encodeToken({ ...fields, api: { endpoint: 'https://:99999999' } }) })).toEqual([
      'SPACELIFT_TOKEN: "https://:99999999" is no address',
    ])
  })

  it('tells an expired certificate, with its date', () => {
    const until = Date.UTC(2026, 0, 2, 3, 4, 5)
    const expired = encodeToken({ ...fields, certificate: certificateOf({ from: until - dayMs, until }) })
    expect(problemsOf({ token: expired, privateKey: base64(pemOf(poolKey)) })).toEqual([
      'SPACELIFT_TOKEN: its certificate expired on 2026-01-02T03:04:05.000Z; reset the worker pool to get a new token',
    ])
  })

  it('tells a certificate from the future, and asks for the clock', () => {
    const from = Date.UTC(2060, 0, 2)
    const future = encodeToken({ ...fields, certificate: certificateOf({ from, until: from + dayMs }) })
    expect(problemsOf({ token: future, privateKey: base64(pemOf(poolKey)) })).toEqual([
      "SPACELIFT_TOKEN: its certificate is valid only from 2060-01-02T00:00:00.000Z; is this machine's clock right?",
    ])
  })

  it('tells a key that does not fit the certificate', () => {
    expect(problemsOf({ privateKey: base64(pemOf(poolKey)) })).toEqual([
      'SPACELIFT_POOL_PRIVATE_KEY does not fit the certificate in SPACELIFT_TOKEN; they come from different pools or resets',
    ])
  })

  it.each([
    [
      'the PEM itself',
      pool.privateKey,
      'expected base64 of the PEM file on one line (`base64 -w0`), got the PEM file itself',
    ],
    ['base64 of base64', base64(privateKey), 'it was base64 encoded twice: encode the PEM file once'],
    ['something else', base64('hello, world'), 'expected a PEM private key after base64 decoding, got something else'],
    ['a certificate', base64(pool.certificate), 'expected a PEM private key, got a PEM certificate'],
    ['half a key', base64(pool.privateKey.slice(0, 500)), 'the PEM private key cannot be read: it is damaged or cut'],
    [
      'a key with a passphrase',
      base64(poolKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }).toString()),
      'the key is protected by a passphrase: give it without one, as `openssl req -nodes` makes it',
    ],
    [
      'an elliptic curve key',
      base64(
        generateKeyPairSync('ec', {
          namedCurve: 'P-256',
          privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
          publicKeyEncoding: { type: 'spki', format: 'pem' },
        }).privateKey,
      ),
      'expected an RSA key, got one of type ec',
    ],
    ['a short key', base64(pemOf(newKey(1024))), 'expected an RSA key of at least 2048 bits, got 1024'],
  ])('tells a private key that is %s', (_what, text, why) => {
    expect(problemsOf({ privateKey: text })).toEqual([`SPACELIFT_POOL_PRIVATE_KEY: ${why}`])
  })

  it('reports all problems together', () => {
    const until = now - 2 * dayMs
    const expired = encodeToken({ ...fields, certificate: certificateOf({ from: until - dayMs, until }) })
    expect(problemsOf({ token: expired })).toEqual([
      expect.stringContaining('expired on'),
      expect.stringContaining('does not fit'),
    ])
    expect(problemsOf({ token: '%', privateKey: '%' })).toHaveLength(2)
  })

  it('is silent about what was not given: that was said elsewhere', () => {
    expect(problemsOf({ token: null })).toEqual([])
    expect(problemsOf({ privateKey: null })).toEqual([])
    expect(readCredentials({ token: null, privateKey: null }, now).credentials).toBeNull()
  })

  it('shows no byte of a secret', () => {
    const damaged = base64(pool.privateKey.replace('-----END', 'hunter2-----END'))
    expect(problemsOf({ privateKey: damaged }).join()).not.toContain('hunter2')
  })
})
