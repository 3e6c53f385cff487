import { createPublicKey, verify, type KeyObject } from 'node:crypto'
import forge from 'node-forge'
import { decodeBase64 } from '../../../protocol/token.ts'
import { Refusal } from '../base/errors.ts'

const maxLength = 64 * 1024
const minKeyBits = 2048

/** The digests of RSA signatures that are taken, by their object identifiers (RFC 4055). MD5 and SHA-1 are not. */
const digests: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
}

/**
 * The public key of a certificate signing request (PKCS #10), given as PEM or as base64 of PEM. Whoever made it has proven to hold
 * the private key. Everything else in it is ignored. Throws the Refusal `bad-request`.
 */
export function readSigningRequest(text: string): KeyObject {
  const request = partsOf(derOf(pemOf(text)))
  const key = publicKeyOf(request.publicKey)
  const digest = digests[request.algorithm]
  if (digest === undefined) {
    throw refused(`is signed with algorithm ${request.algorithm}, expected RSA with SHA-256, SHA-384 or SHA-512`)
  }
  if (!verify(digest, request.signed, key, request.signature)) {
    throw refused('is not signed by the private key that belongs to it')
  }
  return key
}

function pemOf(text: string): string {
  if (text.length > maxLength) throw refused(`is longer than ${maxLength} characters`)
  if (text.trim() === '') throw refused('is empty')
  if (text.includes('-----BEGIN')) return text
  const decoded = decodeBase64(text)
  if (!decoded.ok) throw refused(`is neither PEM nor base64 of PEM: ${decoded.fault.message}`)
  const pem = decoded.value.toString('utf8')
  if (pem.includes('-----BEGIN')) return pem
  throw refused('is base64, but not of PEM: was it encoded twice?')
}

function derOf(pem: string): string {
  const block = /-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]*)-----END \1-----/.exec(pem)
  if (!block) throw refused('is cut off or damaged: it has no whole PEM block')
  const [, label = '', body = ''] = block
  if (!/^(?:NEW )?CERTIFICATE REQUEST$/.test(label)) {
    throw refused(`is a PEM of ${label}, expected CERTIFICATE REQUEST`)
  }
  return Buffer.from(body, 'base64').toString('latin1')
}

/** forge's options are not in its types. Without them it takes a bit string that looks like ASN.1 apart. */
const fromDer = forge.asn1.fromDer as unknown as (
  bytes: string,
  options: { readonly strict: boolean; readonly parseAllBytes: boolean; readonly decodeBitStrings: boolean },
) => forge.asn1.Asn1

interface RequestParts {
  readonly signed: Buffer
  readonly publicKey: Buffer
  readonly algorithm: string
  readonly signature: Buffer
}

/** CertificationRequest ::= { info { version, subject, publicKey, attributes }, algorithm { oid }, signature } (RFC 2986, 4). */
function partsOf(der: string): RequestParts {
  try {
    const request = fromDer(der, { strict: true, parseAllBytes: true, decodeBitStrings: false })
    const info = child(request, 0)
    return {
      signed: bytesOf(info),
      publicKey: bytesOf(child(info, 2)),
      algorithm: forge.asn1.derToOid(valueOf(child(child(request, 1), 0))),
      signature: Buffer.from(valueOf(child(request, 2)).slice(1), 'latin1'),
    }
  } catch (error) {
    throw refused('is damaged: it is not DER of a PKCS #10 request', error)
  }
}

function child(node: forge.asn1.Asn1, index: number): forge.asn1.Asn1 {
  const found = typeof node.value === 'string' ? undefined : node.value[index]
  if (!found) throw new TypeError('a part is missing')
  return found
}

/** The content of a node without children. */
function valueOf(node: forge.asn1.Asn1): string {
  if (typeof node.value !== 'string') throw new TypeError('not a plain value')
  return node.value
}

function bytesOf(node: forge.asn1.Asn1): Buffer {
  return Buffer.from(forge.asn1.toDer(node).getBytes(), 'latin1')
}

function publicKeyOf(der: Buffer): KeyObject {
  const key = createKey(der)
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
  const bits = details?.modulusLength ?? 0
  if (type !== 'rsa')
    throw refused(`holds a key of type ${type}, expected RSA: the pool's workspaces are sealed with it`)
  if (bits < minKeyBits) throw refused(`holds an RSA key of ${bits} bits, expected ${minKeyBits} or more`)
  if (bits > 16_384) throw refused(`holds an RSA key of ${bits} bits, expected 16384 or fewer`)
  return key
}

function createKey(der: Buffer): KeyObject {
  try {
    return createPublicKey({ key: der, format: 'der', type: 'spki' })
  } catch (error) {
    throw refused('holds a public key that cannot be read', error)
  }
}

function refused(problem: string, cause?: unknown): Refusal {
  return new Refusal('bad-request', `certificate signing request ${problem}`, { cause })
}
