import { createHash, createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { Refusal } from '../base/errors.ts'
import { loadSealed, saveSealed, type SealedPlace } from './sealed-file.ts'
import { EnvelopeRefused } from './secrets.ts'

const fileName = 'identity.sealed'
const keyBits = 2048

/** The public half of the key, as JSON Web Key (RFC 7517). */
export interface PublicKey {
  readonly kty: 'RSA'
  readonly n: string
  readonly e: string
  readonly alg: 'RS256'
  readonly use: 'sig'
  /** Its thumbprint (RFC 7638), so that another key has another name. */
  readonly kid: string
}

/**
 * Loads the key that vouches for runs to clouds, or makes it at the first start. It is kept until somebody removes the
 * file: clouds may have been given its public half by hand. Rejects with the Refusal `conflict` if it does not open.
 */
export async function openSigningKey(place: SealedPlace): Promise<SigningKey> {
  const pem = (await load(place)) ?? (await make(place))
  return new SigningKey(createPrivateKey(pem))
}

async function load(place: SealedPlace): Promise<string | null> {
  try {
    return await loadSealed(place, fileName)
  } catch (error) {
    if (!(error instanceof EnvelopeRefused)) throw error
    const message = `${fileName} in ${place.directory} was changed, or sealed under another master key than the one that is there`
    const advice = 'put back both from the same copy, or remove it: a new one is made, and clouds have to learn it'
    throw new Refusal('conflict', `${message}: ${advice}`, { cause: error })
  }
}

async function make(place: SealedPlace): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: keyBits })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  await saveSealed(place, fileName, pem)
  return pem
}

/** Signs by RS256 (RFC 7518, 3.3), whose signature of a text is always the same. */
export class SigningKey {
  readonly publicKey: PublicKey
  readonly #key: KeyObject

  constructor(key: KeyObject) {
    this.#key = key
    const { n = '', e = '' } = createPublicKey(key).export({ format: 'jwk' })
    const kid = createHash('sha256')
      .update(JSON.stringify({ e, kty: 'RSA', n }))
      .digest('base64url')
    this.publicKey = { kty: 'RSA', n, e, alg: 'RS256', use: 'sig', kid }
  }

  /** A signed JSON Web Token (RFC 7519) of these claims. */
  token(claims: object): string {
    const header = { alg: 'RS256', kid: this.publicKey.kid, typ: 'JWT' }
    const text = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
    return `${text}.${sign('sha256', Buffer.from(text), this.#key).toString('base64url')}`
  }
}
