import { constants, createCipheriv, createHash, publicEncrypt, randomBytes, type KeyObject } from 'node:crypto'
import {
  encodeSealedHeader,
  sealedChunkBytes,
  sealedKeyLabel,
  sealedNonce,
  sealedTagBytes,
  type SealedCompression,
} from '../../../../protocol/sealed.ts'

export interface SealOptions {
  readonly publicKey: KeyObject
  /** The file opens for this run only. */
  readonly run: string
  /** What the plain bytes are already compressed with. */
  readonly compression: SealedCompression
  /** Default: what the protocol writes. */
  readonly chunkBytes?: number
}

/** How a chunk is encrypted; the same on both sides. */
export interface ChunkCipher {
  readonly key: Uint8Array
  readonly noncePrefix: Uint8Array
  readonly additionalData: Uint8Array
}

export const chunkAlgorithm = 'aes-256-gcm'

/** What a key is wrapped with: RSA-OAEP with SHA-256 and the protocol's label. */
export const wrapping = {
  padding: constants.RSA_PKCS1_OAEP_PADDING,
  oaepHash: 'sha256',
  oaepLabel: Buffer.from(sealedKeyLabel),
} as const

/** Ties every chunk to the file's header and to the run. */
export function additionalData(header: Uint8Array, run: string): Buffer {
  return Buffer.concat([createHash('sha256').update(header).digest(), Buffer.from(run, 'ascii')])
}

/**
 * Seals bytes for the holders of a pool's private key, chunk by chunk, as `protocol/sealed.ts` has it. Holds one chunk
 * at a time.
 */
export async function* seal(plain: AsyncIterable<Uint8Array>, options: SealOptions): AsyncGenerator<Buffer> {
  const chunkBytes = options.chunkBytes ?? sealedChunkBytes
  const key = randomBytes(32)
  const wrappedKey = publicEncrypt({ key: options.publicKey, ...wrapping }, key)
  const noncePrefix = randomBytes(7)
  const header = encodeSealedHeader({ compression: options.compression, chunkBytes, wrappedKey, noncePrefix })
  const cipher = { key, noncePrefix, additionalData: additionalData(header, options.run) }
  yield header
  let index = 0
  let before: Buffer | null = null
  for await (const chunk of inChunks(plain, chunkBytes)) {
    if (before) yield sealChunk(cipher, before, { index: index++, last: false })
    before = chunk
  }
  yield sealChunk(cipher, before ?? Buffer.alloc(0), { index, last: true })
}

/** Which chunk of a file. */
export interface ChunkPlace {
  readonly index: number
  readonly last: boolean
}

function sealChunk(cipher: ChunkCipher, plain: Uint8Array, { index, last }: ChunkPlace): Buffer {
  const encryption = createCipheriv(chunkAlgorithm, cipher.key, sealedNonce(cipher.noncePrefix, index, last), {
    authTagLength: sealedTagBytes,
  })
  encryption.setAAD(cipher.additionalData)
  return Buffer.concat([encryption.update(plain), encryption.final(), encryption.getAuthTag()])
}

/** The same bytes in pieces of exactly `size`, the last one shorter or missing. */
export async function* inChunks(bytes: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Buffer> {
  let held: Uint8Array[] = []
  let length = 0
  for await (const piece of bytes) {
    held.push(piece)
    length += piece.byteLength
    if (length < size) continue
    const all = Buffer.concat(held)
    const whole = length - (length % size)
    for (let at = 0; at < whole; at += size) yield all.subarray(at, at + size)
    held = [all.subarray(whole)]
    length -= whole
  }
  if (length > 0) yield Buffer.concat(held)
}
