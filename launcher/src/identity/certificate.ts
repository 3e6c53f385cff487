import { X509Certificate, type KeyObject } from 'node:crypto'

/** What is wrong with a certificate, one sentence each, and until when it holds (milliseconds since 1970; null: unreadable). */
export interface CertificateReport {
  readonly problems: readonly string[]
  readonly expiresAt: number | null
}

/** By which variables an operator gave token and key, to be named in problems. */
export interface CredentialNames {
  readonly token: string
  readonly privateKey: string
}

/** A certificate, and what it is held against. */
export interface Inspection {
  readonly pem: string
  /** Null: there is none to hold against it. */
  readonly privateKey: KeyObject | null
  /** Milliseconds since 1970. */
  readonly now: number
  readonly names: CredentialNames
}

/** A machine's clock that is this far behind is not made a problem of the certificate. */
const toleratedSkewMs = 5 * 60_000

/** Judges the pool's certificate. Total. */
export function inspectCertificate({ pem, privateKey, now, names }: Inspection): CertificateReport {
  const certificate = readCertificate(pem)
  if (!certificate) return { problems: [`${names.token}: its certificate cannot be read`], expiresAt: null }
  const from = Date.parse(certificate.validFrom)
  const until = Date.parse(certificate.validTo)
  const problems = []
  if (until <= now) {
    problems.push(`${names.token}: its certificate expired on ${iso(until)}; reset the worker pool to get a new token`)
  }
  if (from - toleratedSkewMs > now) {
    problems.push(`${names.token}: its certificate is valid only from ${iso(from)}; is this machine's clock right?`)
  }
  if (privateKey && !certificate.checkPrivateKey(privateKey)) {
    problems.push(
      `${names.privateKey} does not fit the certificate in ${names.token}; they come from different pools or resets`,
    )
  }
  return { problems, expiresAt: until }
}

/** Reads the first certificate of a PEM text, or answers null. */
export function readCertificate(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem)
  } catch {
    return null
  }
}

function iso(time: number): string {
  return new Date(time).toISOString()
}
