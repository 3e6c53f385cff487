import { decodeBase64, decodeToken, type Token } from '../../../protocol/token.ts'
import { inspectCertificate, readCertificate, type CertificateReport, type CredentialNames } from './certificate.ts'
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
  /** Default: the variables that hold the texts themselves. */
  readonly names?: CredentialNames
}

const variables: CredentialNames = { token: 'SPACELIFT_TOKEN', privateKey: 'SPACELIFT_POOL_PRIVATE_KEY' }

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
  const names = texts.names ?? variables
  const token = readToken(texts.token, names.token)
  const keys = readKey(texts.privateKey, names.privateKey)
  const certificate = token.value
    ? inspectCertificate({
        pem: token.value.certificate,
        privateKey: keys.value?.privateKey ?? null,
        now,
        names,
      })
    : unknown
  const problems = [...token.problems, ...keys.problems, ...certificate.problems]
  if (!token.value || !keys.value || certificate.expiresAt === null || problems.length > 0) {
    return { credentials: null, problems }
  }
  return { credentials: { token: token.value, keys: keys.value, expiresAt: certificate.expiresAt }, problems: [] }
}

const unknown: CertificateReport = { problems: [], expiresAt: null }
const nothing = { value: null, problems: [] }

function readToken(text: string | null, name: string): Read<Token> {
  if (text === null) return nothing
  const token = decodeToken(text)
  if (!token.ok) return { value: null, problems: [`${known}: ${token.fault.message}`] }
  if (!readCertificate(token.value.authority)) {
    return { value: null, problems: [`${name}: its authority's certificate cannot be read`] }
  }
  const endpoints = [token.value.broker.endpoint, token.value.api.endpoint]
  const unusable = endpoints.filter((endpoint) => !URL.parse(endpoint)?.hostname)
  if (unusable.length > 0) {
    return {
      value: null,
      problems: unusable.map((endpoint) => `${name}: ${JSON.stringify(endpoint)} is no address`),
    }
  }
  return { value: token.value, problems: [] }
}

function readKey(text: string | null, name: string): Read<KeyPair> {
  if (text === null) return nothing
  const pem = pemOf(text, name)
  if (pem.value === null) return { value: null, problems: pem.problems }
  const keys = readPrivateKey(pem.value)
  return 'fault' in keys ? refused(name, keys.fault) : { value: keys, problems: [] }
}

/** A file may hold the PEM itself; a variable may not, because too much that passes variables on loses their line breaks. */
function pemOf(text: string, name: string): Read<string> {
  if (text.includes('-----BEGIN')) {
    if (name !== variables.privateKey) return { value: text, problems: [] }
    return refused(name, 'expected base64 of the PEM file on one line (`base64 -w0`), got the PEM file itself')
  }
  const bytes = decodeBase64(text)
  if (!bytes.ok)
    return { value: null, problems: [`${known}: unable to base64 decode privateKey: ${bytes.fault.message}`] }
  const pem = bytes.value.toString('utf8')
  const again = decodeBase64(pem)
  const twice = again.ok && again.value.includes('-----BEGIN')
  return twice ? refused(name, 'it was base64 encoded twice: encode the PEM file once') : { value: pem, problems: [] }
}

function refused(name: string, why: string): { readonly value: null; readonly problems: readonly string[] } {
  return { value: null, problems: [`${name}: ${why}`] }
}
