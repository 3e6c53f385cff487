import { decodeBase64, decodeToken, type Token } from '../../../protocol/token.ts'
import { inspectCertificate, readCertificate, type CertificateReport } from './certificate.ts'
import { readPrivateKey, type KeyPair } from './key-pair.ts'

/** Who this launcher is to the control plane. */
export interface Credentials {
  readonly token: Token
  readonly keys: KeyPair
  /** When the pool's certificate expires, in milliseconds since 1970. */
  readonly expiresAt: number
}

/** The two texts that an operator gives; null: not given, which was said elsewhere. */
export interface CredentialTexts {
  readonly token: string | null
  readonly privateKey: string | null
}

/** Credentials, or everything that is wrong with them: each a sentence for the operator, without a byte of a secret. */
export type CredentialsOrProblems =
  | { readonly credentials: Credentials; readonly problems: readonly [] }
  | { readonly credentials: null; readonly problems: readonly string[] }

type Read<T> = { readonly value: T | null; readonly problems: readonly string[] }

/** The same, as TLS wants it: all PEM. The private key is PKCS #8. */
export function tlsIdentity({ token, keys }: Credentials): {
  certificate: string
  privateKey: string
  authority: string
} {
  const privateKey = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { certificate: token.certificate, privateKey, authority: token.authority }
}

/** The words that users of Spacelift's launcher know, and search for. */
const known = 'cannot retrieve workerpool token'

/** Reads token and key, and holds them against each other and against the time `now`. Total; reports all problems together. */
export function readCredentials(texts: CredentialTexts, now: number): CredentialsOrProblems {
  const token = texts.token === null ? nothing : readToken(texts.token)
  const keys = texts.privateKey === null ? nothing : readKey(texts.privateKey)
  const certificate = inspectTogether(token.value, keys.value, now)
  const problems = [...token.problems, ...keys.problems, ...certificate.problems]
  if (!token.value || !keys.value || certificate.expiresAt === null || problems.length > 0) {
    return { credentials: null, problems }
  }
  return { credentials: { token: token.value, keys: keys.value, expiresAt: certificate.expiresAt }, problems: [] }
}

function inspectTogether(token: Token | null, keys: KeyPair | null, now: number): CertificateReport {
  if (!token) return { problems: [], expiresAt: null }
  return inspectCertificate(token.certificate, keys?.privateKey ?? null, now)
}

const nothing = { value: null, problems: [] }

function readToken(text: string): Read<Token> {
  const token = decodeToken(text)
  if (!token.ok) return { value: null, problems: [`${known}: ${token.fault.message}`] }
  if (!readCertificate(token.value.authority)) {
    return { value: null, problems: ["SPACELIFT_TOKEN: its authority's certificate cannot be read"] }
  }
  const endpoints = [token.value.broker.endpoint, token.value.api.endpoint]
  const unusable = endpoints.filter((endpoint) => !URL.parse(endpoint)?.hostname)
  if (unusable.length > 0) {
    return {
      value: null,
      problems: unusable.map((endpoint) => `SPACELIFT_TOKEN: ${JSON.stringify(endpoint)} is no address`),
    }
  }
  return { value: token.value, problems: [] }
}

function readKey(text: string): Read<KeyPair> {
  if (text.includes('-----BEGIN')) {
    return refusedKey('expected base64 of the PEM file on one line (`base64 -w0`), got the PEM file itself')
  }
  const bytes = decodeBase64(text)
  if (!bytes.ok)
    return { value: null, problems: [`${known}: unable to base64 decode privateKey: ${bytes.fault.message}`] }
  const pem = bytes.value.toString('utf8')
  const again = decodeBase64(pem)
  if (again.ok && again.value.includes('-----BEGIN')) {
    return refusedKey('it was base64 encoded twice: encode the PEM file once')
  }
  const keys = readPrivateKey(pem)
  return 'fault' in keys ? refusedKey(keys.fault) : { value: keys, problems: [] }
}

function refusedKey(why: string): Read<KeyPair> {
  return { value: null, problems: [`SPACELIFT_POOL_PRIVATE_KEY: ${why}`] }
}
