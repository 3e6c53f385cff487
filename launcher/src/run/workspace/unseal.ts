import { createDecipheriv, privateDecrypt, type KeyObject } from 'node:crypto'
import {
  decodeSealedHeader,
  sealedNonce,
  sealedTagBytes,
  type SealedCompression,
  type SealedHeader,
} from '../../../../protocol/sealed.ts'
import { LauncherError } from '../../base/errors.ts'
import { additionalData, chunkAlgorithm, inChunks, wrapping, type ChunkCipher, type ChunkPlace } from './seal.ts'

export interface UnsealOptions {
  readonly privateKey: KeyObject
  readonly run: string
}

/** A sealed file whose header was read and whose key was unwrapped. */
export interface Unsealed {
  readonly compression: SealedCompression
  /**
   * The plain bytes. Each chunk is verified before it is given, and the end only comes if the last chunk was verified
   * too: whoever reads may use nothing of it before the end. Rejects with WORKSPACE_UNREADABLE.
   */
  readonly plain: AsyncIterable<Buffer>
}

/** Longest header that is well formed: fixed part, longest wrapped key, nonce prefix. */
const maxHeaderBytes = 12 + 2048 + 7

/**
 * Opens a sealed file. Rejects with WORKSPACE_UNREADABLE on whatever was not sealed for this key and run, or is
 * damaged.
 */
export async function unseal(sealed: AsyncIterable<Uint8Array>, options: UnsealOptions): Promise<Unsealed> {
  const bytes = sealed[Symbol.asyncIterator]()
  const { header, headerBytes, rest } = await readHeader(bytes)
  const cipher: ChunkCipher = {
    key: unwrap(header, options.privateKey),
    noncePrefix: header.noncePrefix,
    additionalData: additionalData(headerBytes, options.run),
  }
  return { compression: header.compression, plain: chunksOf(following(rest, bytes), cipher, header.chunkBytes) }
}

async function readHeader(bytes: AsyncIterator<Uint8Array>) {
  let held: Buffer = Buffer.alloc(0)
  for (;;) {
    const read = decodeSealedHeader(held)
    if (!read.ok) throw unreadable(`${read.fault.message}.`)
    if (read.value !== 'more') {
      const { header, length } = read.value
      return { header, headerBytes: held.subarray(0, length), rest: held.subarray(length) }
    }
    const next = held.length > maxHeaderBytes ? { done: true as const, value: undefined } : await bytes.next()
    if (next.done) throw unreadable('it ends within its header.')
    held = Buffer.concat([held, next.value])
  }
}

function unwrap(header: SealedHeader, privateKey: KeyObject): Buffer {
  let key: Buffer | null = null
  try {
    key = privateDecrypt({ key: privateKey, ...wrapping }, header.wrappedKey)
  } catch {
    // The reasons that OpenSSL knows say nothing to a person.
  }
  if (key?.length !== 32)
    throw unreadable('it was sealed for another key: was the pool reset with a new key? Then plan again.')
  return key
}

async function* following(first: Buffer, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (first.length > 0) yield first
  for (;;) {
    const next = await rest.next()
    if (next.done) return
    yield next.value
  }
}

/** The last chunk is known by being the last, so each is held until the next one begins. */
async function* chunksOf(
  sealed: AsyncIterable<Uint8Array>,
  cipher: ChunkCipher,
  chunkBytes: number,
): AsyncGenerator<Buffer> {
  let index = 0
  let before: Buffer | null = null
  for await (const chunk of inChunks(sealed, chunkBytes + sealedTagBytes)) {
    if (before) yield openChunk(cipher, before, { index: index++, last: false })
    before = chunk
  }
  if (before === null || before.length < sealedTagBytes) throw damaged()
  yield openChunk(cipher, before, { index, last: true })
}

function openChunk(cipher: ChunkCipher, sealed: Buffer, { index, last }: ChunkPlace): Buffer {
  const length = sealed.length - sealedTagBytes
  const decryption = createDecipheriv(chunkAlgorithm, cipher.key, sealedNonce(cipher.noncePrefix, index, last), {
    authTagLength: sealedTagBytes,
  })
  decryption.setAAD(cipher.additionalData)
  decryption.setAuthTag(sealed.subarray(length))
  const plain = decryption.update(sealed.subarray(0, length))
  try {
    decryption.final()
  } catch {
    throw damaged()
  }
  return plain
}

function damaged(): LauncherError {
  return unreadable('it is damaged, cut short, or of another run.')
}

/** The sentence for whoever owns the run. */
export function unreadable(why: string, cause?: unknown): LauncherError {
  return new LauncherError('WORKSPACE_UNREADABLE', `The sealed workspace cannot be opened: ${why}`, { cause })
}
