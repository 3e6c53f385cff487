import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

const algorithm = 'aes-256-gcm'
const version = 1
const nonceBytes = 12
const tagBytes = 16

/**
 * Seals what is kept at rest, under keys that come from the master key (HKDF-SHA256, one key for each use). AES-256-GCM with a random
 * nonce; the context is authenticated, so that an envelope opens only in the place that it was made for. Random nonces are safe for
 * 2^32 envelopes under one key (NIST SP 800-38D, 8.3).
 *
 *   envelope   version 1 (1) | nonce (12) | ciphertext | tag (16); as a text in base64url
 */
export class Secrets {
  readonly #masterKey: Uint8Array
  readonly #sealingKey: Uint8Array

  /** `masterKey`: 32 bytes, from `openMasterKey`. */
  constructor(masterKey: Uint8Array) {
    this.#masterKey = masterKey
    this.#sealingKey = this.derive('seal at rest')
  }

  /** A key of 32 bytes for one use, always the same for the same `use`. */
  derive(use: string): Uint8Array {
    return new Uint8Array(hkdfSync('sha256', this.#masterKey, '', `spacelift-mothership ${use}`, 32))
  }

  /** The envelope of a text. */
  seal(text: string, context: string): string {
    return this.sealBytes(Buffer.from(text, 'utf8'), context).toString('base64url')
  }

  /** The text of an envelope. Throws `EnvelopeRefused`. */
  open(envelope: string, context: string): string {
    return this.openBytes(Buffer.from(envelope, 'base64url'), context).toString('utf8')
  }

  /** The envelope of some bytes. */
  sealBytes(bytes: Uint8Array, context: string): Buffer {
    const nonce = randomBytes(nonceBytes)
    const cipher = createCipheriv(algorithm, this.#sealingKey, nonce).setAAD(Buffer.from(context, 'utf8'))
    const sealed = [cipher.update(bytes), cipher.final()]
    return Buffer.concat([Buffer.of(version), nonce, ...sealed, cipher.getAuthTag()])
  }

  /** The bytes of an envelope. Throws `EnvelopeRefused`. */
  openBytes(envelope: Uint8Array, context: string): Buffer {
    const tagAt = envelope.byteLength - tagBytes
    if (tagAt < 1 + nonceBytes || envelope[0] !== version) throw new EnvelopeRefused(context)
    const nonce = envelope.subarray(1, 1 + nonceBytes)
    const decipher = createDecipheriv(algorithm, this.#sealingKey, nonce)
    decipher.setAAD(Buffer.from(context, 'utf8')).setAuthTag(envelope.subarray(tagAt))
    try {
      return Buffer.concat([decipher.update(envelope.subarray(1 + nonceBytes, tagAt)), decipher.final()])
    } catch {
      throw new EnvelopeRefused(context)
    }
  }
}

/** Something sealed does not open: it was changed, belongs elsewhere, or was sealed under another master key. */
export class EnvelopeRefused extends Error {
  constructor(context: string) {
    super(`${context}: does not open with this master key, or was changed`)
    this.name = 'EnvelopeRefused'
  }
}
