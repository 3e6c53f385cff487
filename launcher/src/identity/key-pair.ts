import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'

/** The pool's key. Every worker of the pool has the same one, so that any of them can open what another has sealed. */
export interface KeyPair {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

/** Why a text is not a private key that will do; for a person, without a byte of the text. */
export interface KeyFault {
  readonly fault: string
}

const leastBits = 2048

/** Reads an RSA private key from PEM (PKCS #8 or PKCS #1). Total. */
export function readPrivateKey(pem: string): KeyPair | KeyFault {
  if (/-----BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED/.test(pem)) {
    return { fault: 'the key is protected by a passphrase: give it without one, as `openssl req -nodes` makes it' }
  }
  const kind = /-----BEGIN ([A-Z0-9 ]+)-----/.exec(pem)?.[1]
  if (kind === undefined) return { fault: 'expected a PEM private key after base64 decoding, got something else' }
  if (!kind.endsWith('PRIVATE KEY')) return { fault: `expected a PEM private key, got a PEM ${kind.toLowerCase()}` }
  try {
    return accepted(createPrivateKey(pem))
  } catch {
    return { fault: 'the PEM private key cannot be read: it is damaged or cut' }
  }
}

function accepted(privateKey: KeyObject): KeyPair | KeyFault {
  if (privateKey.asymmetricKeyType !== 'rsa') {
    return { fault: `expected an RSA key, got one of type ${privateKey.asymmetricKeyType}` }
  }
  const bits = privateKey.asymmetricKeyDetails?.modulusLength ?? 0
  if (bits < leastBits) return { fault: `expected an RSA key of at least ${leastBits} bits, got ${bits}` }
  return { privateKey, publicKey: createPublicKey(privateKey) }
}
