import { generateKeyPair, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { promisify } from 'node:util'
import type { ServerIdentity } from '../base/peer.ts'
import { EnvelopeRefused } from '../secrets/secrets.ts'
import { type Issuer, issueCertificate } from './certificate.ts'
import { type KeyPlace, loadPair, type Pair, savePair } from './key-file.ts'

const fileName = 'server.sealed'
const days = 825
const renewBeforeMs = 90 * 24 * 60 * 60 * 1000
const keyBits = 2048

/** Names that every mothership answers to, beside its public ones: this machine, and a container's view of it. */
const ownHosts = ['localhost', '127.0.0.1', '::1', 'host.docker.internal']

/** Everything for the TLS servers, and until when: milliseconds since 1970. */
export interface OpenedServerIdentity extends ServerIdentity {
  readonly expiresAt: number
}

/**
 * Loads key and certificate of the TLS servers, or makes them: at the first start, when `hosts` has a name that the certificate has not,
 * within 90 days of its end, or after a change of the authority. `hosts`: public names and addresses.
 */
export async function openServerIdentity(
  place: KeyPlace,
  issuer: Issuer,
  hosts: readonly string[],
): Promise<OpenedServerIdentity> {
  const wanted = [...new Set([...hosts, ...ownHosts])]
  const present = await load(place)
  const pair = present && fits(present, issuer, { hosts: wanted, now: place.now }) ? present : await make(wanted)
  const expiresAt = new X509Certificate(pair.certificate).validToDate.getTime()
  return { ...pair, authority: issuer.certificate, expiresAt }

  async function make(hosts: readonly string[]): Promise<Pair> {
    const { privateKey, publicKey } = await promisify(generateKeyPair)('rsa', { modulusLength: keyBits })
    const wish = { publicKey, name: 'spacelift-mothership', now: place.now, days, use: 'server', hosts } as const
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const made = { key, certificate: issueCertificate(issuer, wish) }
    await savePair(place, fileName, made)
    return made
  }
}

/** What does not open is made anew: nothing depends on this key. */
async function load(place: KeyPlace): Promise<Pair | null> {
  try {
    return await loadPair(place, fileName)
  } catch (error) {
    if (error instanceof EnvelopeRefused) return null
    throw error
  }
}

function fits(pair: Pair, issuer: Issuer, need: { readonly hosts: readonly string[]; readonly now: number }): boolean {
  const certificate = new X509Certificate(pair.certificate)
  const authority = new X509Certificate(issuer.certificate)
  const answersTo = (host: string) => (isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host))
  return (
    certificate.verify(authority.publicKey) &&
    certificate.validToDate.getTime() - need.now > renewBeforeMs &&
    need.hosts.every((host) => answersTo(host) !== undefined)
  )
}
