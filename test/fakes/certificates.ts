import { createHash, generateKeyPairSync, randomBytes, sign, X509Certificate, type KeyObject } from 'node:crypto'
import forge from 'node-forge'

/** A key and its certificate, as PEM. */
export interface Identity {
  /** PKCS #8. */
  readonly privateKey: string
  readonly certificate: string
  /** Lower-case hexadecimal SHA-256 of the certificate's DER. */
  readonly fingerprint: string
}

/** What a certificate is to say. Times in milliseconds since 1970. */
export interface Wish {
  /** Common name. */
  readonly name: string
  readonly from?: number
  readonly until?: number
  /** Names and addresses of a server; default: localhost, 127.0.0.1 and ::1. */
  readonly hosts?: readonly string[]
  /** Default: a new key of 2048 bits. */
  readonly key?: KeyObject
}

const dayMs = 86_400_000
const loopback = ['localhost', '127.0.0.1', '::1']

/** A certificate authority that is thrown away: node-forge writes the ASN.1, node:crypto makes the keys and signs. */
export class ThrowawayAuthority {
  readonly #key: KeyObject
  readonly #subject: forge.pki.CertificateField[]
  /** PEM. */
  readonly certificate: string

  constructor(name = 'throwaway authority') {
    this.#key = newKey()
    this.#subject = [{ name: 'commonName', value: name }]
    const certificate = blank({ name, key: this.#key, from: Date.now() - 30 * dayMs })
    certificate.setIssuer(this.#subject)
    certificate.setExtensions([
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ])
    this.certificate = signed(certificate, this.#key)
  }

  /** A certificate for servers and clients alike. */
  issue(wish: Wish): Identity {
    const key = wish.key ?? newKey()
    const certificate = blank({ ...wish, key })
    certificate.setIssuer(this.#subject)
    certificate.setExtensions([
      { name: 'basicConstraints', cA: false },
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
      { name: 'subjectAltName', altNames: (wish.hosts ?? loopback).map(altName) },
    ])
    const pem = signed(certificate, this.#key)
    const fingerprint = createHash('sha256').update(new X509Certificate(pem).raw).digest('hex')
    return { privateKey: key.export({ type: 'pkcs8', format: 'pem' }).toString(), certificate: pem, fingerprint }
  }
}

/** A new RSA private key. 2048 bits: the least that is taken, and quick to make. */
export function newKey(modulusLength = 2048): KeyObject {
  return generateKeyPairSync('rsa', { modulusLength }).privateKey
}

function blank(wish: Wish & { readonly key: KeyObject }): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate()
  const { n, e } = wish.key.export({ format: 'jwk' })
  certificate.publicKey = forge.pki.setRsaPublicKey(integer(n), integer(e))
  certificate.serialNumber = `01${randomBytes(12).toString('hex')}`
  certificate.validity.notBefore = new Date(wish.from ?? Date.now() - dayMs)
  certificate.validity.notAfter = new Date(wish.until ?? Date.now() + 30 * dayMs)
  certificate.setSubject([{ name: 'commonName', value: wish.name }])
  return certificate
}

function integer(base64url: string | undefined): forge.jsbn.BigInteger {
  return new forge.jsbn.BigInteger(Buffer.from(base64url ?? '', 'base64url').toString('hex'), 16)
}

function altName(host: string): { type: number; ip?: string; value?: string } {
  return /^[\d.]+$|:/.test(host) ? { type: 7, ip: host } : { type: 2, value: host }
}

/** What `forge.pki.Certificate.sign` does, with the signature made by node:crypto. */
function signed(certificate: forge.pki.Certificate, key: KeyObject): string {
  const algorithm = forge.pki.oids['sha256WithRSAEncryption'] ?? ''
  certificate.signatureOid = algorithm
  certificate.siginfo.algorithmOid = algorithm
  const body = toBeSigned(certificate)
  certificate.tbsCertificate = body
  const bytes = Buffer.from(forge.asn1.toDer(body).getBytes(), 'latin1')
  certificate.signature = sign('sha256', bytes, key).toString('latin1')
  return forge.pki.certificateToPem(certificate)
}

/** Present in node-forge and missing in its types. */
function toBeSigned(certificate: forge.pki.Certificate): forge.asn1.Asn1 {
  const pki = forge.pki as typeof forge.pki & { getTBSCertificate(of: forge.pki.Certificate): forge.asn1.Asn1 }
  return pki.getTBSCertificate(certificate)
}
