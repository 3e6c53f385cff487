import { randomBytes, type KeyObject } from 'node:crypto'
import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import forge from 'node-forge'
import { publicKeyForForge, signWith } from './signing.ts'

const dayMs = 24 * 60 * 60 * 1000
/** Clocks of other machines may be this much behind. */
const skewMs = 10 * 60 * 1000

/** Who signs: the authority's certificate (PEM) and its key. */
export interface Issuer {
  readonly certificate: string
  readonly key: KeyObject
}

/** What a new certificate says. */
export interface CertificateWish {
  readonly publicKey: KeyObject
  /** The subject's common name, at most 64 characters. */
  readonly name: string
  /** From now, in milliseconds since 1970; it never outlives its issuer. */
  readonly now: number
  readonly days: number
  /** `client` and `server` for the two ends of TLS. */
  readonly use: 'client' | 'server'
  /** For a server: host names and addresses that it answers to. */
  readonly hosts?: readonly string[]
}

/** Issues a certificate, PEM. */
export function issueCertificate(issuer: Issuer, wish: CertificateWish): string {
  const above = forge.pki.certificateFromPem(issuer.certificate)
  const certificate = begin(wish)
  const end = Math.min(certificate.validity.notAfter.getTime(), above.validity.notAfter.getTime())
  certificate.validity.notAfter = new Date(end)
  certificate.setIssuer(above.subject.attributes)
  certificate.setExtensions([
    { name: 'basicConstraints', cA: false },
    { name: 'keyUsage', critical: true, digitalSignature: true, keyEncipherment: true },
    { name: 'extKeyUsage', clientAuth: wish.use === 'client', serverAuth: wish.use === 'server' },
    { name: 'subjectKeyIdentifier' },
    { name: 'authorityKeyIdentifier', keyIdentifier: above.generateSubjectKeyIdentifier().getBytes() },
    ...(wish.hosts ? [{ name: 'subjectAltName', altNames: wish.hosts.map(alternativeName) }] : []),
  ])
  signWith(certificate, issuer.key)
  return forge.pki.certificateToPem(certificate)
}

/** Makes the certificate of an authority, signed by itself, PEM. It signs certificates, not further authorities. */
export function selfSignedAuthority(key: KeyObject, wish: Omit<CertificateWish, 'use' | 'hosts'>): string {
  const certificate = begin(wish)
  certificate.setIssuer(certificate.subject.attributes)
  certificate.setExtensions([
    { name: 'basicConstraints', critical: true, cA: true, pathLenConstraint: 0 },
    { name: 'keyUsage', critical: true, keyCertSign: true, cRLSign: true },
    { name: 'subjectKeyIdentifier' },
  ])
  signWith(certificate, key)
  return forge.pki.certificateToPem(certificate)
}

function begin(wish: Omit<CertificateWish, 'use' | 'hosts'>): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = publicKeyForForge(wish.publicKey)
  certificate.serialNumber = newSerialNumber()
  certificate.validity.notBefore = new Date(wish.now - skewMs)
  certificate.validity.notAfter = new Date(wish.now + wish.days * dayMs)
  certificate.setSubject([{ name: 'commonName', value: wish.name }])
  return certificate
}

/** 127 random bits, positive and without a leading zero, as RFC 5280 4.1.2.2 wants them. */
function newSerialNumber(): string {
  const bytes = randomBytes(16)
  bytes[0] = (Number(bytes[0]) & 0x7f) | 0x40
  return bytes.toString('hex')
}

/** forge's entry for a host: type 7 for an address, 2 for a name (RFC 5280 4.2.1.6). */
function alternativeName(host: string): { type: number; ip?: string; value?: string } {
  return isIP(host) ? { type: 7, ip: host } : { type: 2, value: domainToASCII(host) || host }
}
