import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import { Refusal } from '../../../mothership/src/base/errors.ts'
import { issueCertificate, selfSignedAuthority } from '../../../mothership/src/pools/certificate.ts'
import { makeKeyRequest } from '../../../mothership/src/pools/key-request.ts'
import { readSigningRequest } from '../../../mothership/src/pools/signing-request.ts'

const directory = mkdtempSync(join(tmpdir(), 'certificates-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const authorityKey = generateKeyPairSync('rsa', { modulusLength: 2048 })
const leafKey = generateKeyPairSync('rsa', { modulusLength: 2048 })
const now = Date.now()
const issuer = {
  key: authorityKey.privateKey,
  certificate: selfSignedAuthority(authorityKey.privateKey, {
    publicKey: authorityKey.publicKey,
    name: 'test',
    now,
    days: 3650,
  }),
}
const serverHosts = ['mothership.example', 'bücher.example', '10.1.2.3', '2001:db8::1']
const clientWish = { publicKey: leafKey.publicKey, name: 'pool', now, days: 1825, use: 'client' } as const

const hasOpenssl = spawnSync('openssl', ['version']).status === 0
const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' }).toString()

it('certificates are signed by the authority and say what they are for', () => {
  const certificate = new X509Certificate(issueCertificate(issuer, clientWish))
  expect(certificate.verify(authorityKey.publicKey)).toBe(true)
  expect(certificate.checkIssued(new X509Certificate(issuer.certificate))).toBe(true)
  expect(certificate.checkPrivateKey(leafKey.privateKey)).toBe(true)
  expect(certificate.subject).toBe('CN=pool')
  expect(certificate.ca).toBe(false)
  expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2'])
})

it('certificates answer to every host that a server was given', () => {
  const certificate = new X509Certificate(
    issueCertificate(issuer, { ...clientWish, use: 'server', hosts: serverHosts }),
  )
  for (const host of ['mothership.example', 'xn--bcher-kva.example'])
    expect(certificate.checkHost(host), host).toBe(host)
  for (const address of ['10.1.2.3', '2001:db8::1']) expect(certificate.checkIP(address), address).toBe(address)
  expect(certificate.checkHost('other.example')).toBeUndefined()
})

it('certificates never outlive the authority', () => {
  const certificate = new X509Certificate(issueCertificate(issuer, { ...clientWish, days: 36_500 }))
  expect(certificate.validTo).toBe(new X509Certificate(issuer.certificate).validTo)
})

it.skipIf(!hasOpenssl)('certificates satisfy openssl in its strictest mode', () => {
  writeFileSync(join(directory, 'ca.pem'), issuer.certificate)
  writeFileSync(join(directory, 'client.pem'), issueCertificate(issuer, clientWish))
  writeFileSync(
    join(directory, 'server.pem'),
    issueCertificate(issuer, { ...clientWish, use: 'server', hosts: serverHosts }),
  )
  expect(openssl('verify', '-x509_strict', '-purpose', 'sslclient', '-CAfile', 'ca.pem', 'client.pem')).toContain('OK')
  const names = ['-verify_hostname', 'mothership.example', '-verify_ip', '2001:db8::1']
  expect(
    openssl('verify', '-x509_strict', '-purpose', 'sslserver', ...names, '-CAfile', 'ca.pem', 'server.pem'),
  ).toContain('OK')
  const wrongPurpose = spawnSync('openssl', ['verify', '-purpose', 'sslserver', '-CAfile', 'ca.pem', 'client.pem'], {
    cwd: directory,
  })
  expect(wrongPurpose.status).not.toBe(0)
})

/** The request that openssl makes of a new key. */
function requestOf(...kind: string[]): string {
  return openssl('req', '-new', '-nodes', '-subj', '/CN=somebody', '-keyout', 'key.pem', ...kind)
}

function refusalOf(text: string): string {
  try {
    readSigningRequest(text)
  } catch (error) {
    if (error instanceof Refusal && error.code === 'bad-request') return error.message
    throw error
  }
  return 'taken'
}

it('signing requests are made with the key that they come with', async () => {
  const { privateKey, certificateSigningRequest } = await makeKeyRequest()
  const key = readSigningRequest(certificateSigningRequest)
  expect(key.asymmetricKeyDetails?.modulusLength).toBe(4096)
  expect(key.equals(createPublicKey(createPrivateKey(privateKey)))).toBe(true)
  if (!hasOpenssl) return
  writeFileSync(join(directory, 'ours.csr'), certificateSigningRequest)
  const seen = spawnSync('openssl', ['req', '-in', 'ours.csr', '-noout', '-verify', '-subject'], {
    cwd: directory,
    encoding: 'utf8',
  })
  expect(seen.stdout + seen.stderr).toMatch(/verify OK/)
  expect(seen.stdout + seen.stderr).toMatch(/CN ?= ?workers\.spacelift\.io/)
})

it.skipIf(!hasOpenssl)('signing requests of openssl are taken as PEM and as base64 of PEM', () => {
  const pem = requestOf('-newkey', 'rsa:2048')
  const base64 = Buffer.from(pem).toString('base64')
  const wrapped = base64.replaceAll(/(.{76})/g, '$1\n')
  const old = pem.replaceAll('CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST')
  for (const text of [pem, base64, wrapped, old, pem.replaceAll('\n', '\r\n'), `with text before\n${pem}`])
    expect(refusalOf(text)).toBe('taken')
})

it.skipIf(!hasOpenssl)('signing requests with another key, digest or signature are refused with the reason', () => {
  expect(refusalOf(requestOf('-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'))).toMatch(/type ec, expected RSA/)
  expect(refusalOf(requestOf('-newkey', 'ed25519'))).toMatch(/type ed25519, expected RSA/)
  expect(refusalOf(requestOf('-newkey', 'rsa-pss'))).toMatch(/type rsa-pss, expected RSA/)
  expect(refusalOf(requestOf('-newkey', 'rsa:1024'))).toMatch(/1024 bits, expected 2048/)
  expect(refusalOf(requestOf('-newkey', 'rsa:2048', '-sha1'))).toMatch(/SHA-256/)
  expect(refusalOf(requestOf('-newkey', 'rsa:2048', '-sha512'))).toBe('taken')
  const der = Buffer.from(requestOf('-newkey', 'rsa:2048').replaceAll(/-----.*-----|\s/g, ''), 'base64')
  der[der.length - 5] = Number(der[der.length - 5]) ^ 1
  const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----`
  expect(refusalOf(forged)).toMatch(/not signed by the private key/)
})

it.skipIf(!hasOpenssl)('signing requests refuse everything else that people paste, and never quote it', () => {
  const pem = requestOf('-newkey', 'rsa:2048')
  const privateKey = leafKey.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  expect(refusalOf('')).toMatch(/is empty/)
  expect(refusalOf('/home/me/pool.csr')).toMatch(/neither PEM nor base64/)
  expect(refusalOf(privateKey)).toMatch(/is a PEM of PRIVATE KEY, expected CERTIFICATE REQUEST/)
  expect(refusalOf(privateKey)).not.toContain(privateKey.slice(60, 80))
  expect(refusalOf(issuer.certificate)).toMatch(/is a PEM of CERTIFICATE,/)
  expect(refusalOf(pem.slice(0, 300))).toMatch(/cut off/)
  expect(refusalOf(Buffer.from(Buffer.from(pem).toString('base64')).toString('base64'))).toMatch(/encoded twice/)
  expect(refusalOf('A'.repeat(100_000))).toMatch(/longer than/)
})

it('signing requests refuse every text, and never break on one', () => {
  const pem = (bytes: Uint8Array) =>
    `-----BEGIN CERTIFICATE REQUEST-----\n${Buffer.from(bytes).toString('base64')}\n-----END CERTIFICATE REQUEST-----`
  const texts = fc.oneof(fc.string(), fc.uint8Array({ maxLength: 200 }).map(pem))
  fc.assert(fc.property(texts, (text) => refusalOf(text) !== 'taken'))
})

it.skipIf(!hasOpenssl)('signing requests that were damaged anywhere are refused or still prove the same key', () => {
  const whole = Buffer.from(requestOf('-newkey', 'rsa:2048').replaceAll(/-----.*-----|\s/g, ''), 'base64')
  const damaged = fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, flip]) => {
    const copy = Buffer.from(whole)
    copy[at] = Number(copy[at]) ^ flip
    return `-----BEGIN CERTIFICATE REQUEST-----\n${copy.toString('base64')}\n-----END CERTIFICATE REQUEST-----`
  })
  fc.assert(fc.property(damaged, (text) => typeof refusalOf(text) === 'string'))
})
