import { undecodable, type Decoded } from './decoded.ts'

/*
 * A sealed workspace, byte by byte. Integers are big-endian.
 *
 *   header   magic "SLWS" (4) | version 1 (1) | compression (1): 0 none, 1 zstd | chunk size (4)
 *            | wrapped key length n (2) | wrapped key (n) | nonce prefix (7)
 *   chunks   AES-256-GCM of the (compressed) tar, cut into chunks of exactly `chunk size` bytes; each is followed by its tag (16).
 *            The last chunk, and only it, may be shorter; there is always one, if need be of length 0.
 *
 *   key      32 random bytes for each file, wrapped with RSA-OAEP (SHA-256, label "spacelift-worker workspace") for the pool's public key
 *   nonce    prefix (7) | number of the chunk from 0 (4) | 1 for the last chunk, else 0 (1): the STREAM construction of
 *            Hoang, Reyhanitabar, Rogaway and Vizár (2015), so that chunks can be neither cut off, swapped, doubled nor appended
 *   AAD      SHA-256 of header || run id: a file opens for its own run only
 */

export const sealedMagic = 'SLWS'
export const sealedVersion = 1
export const sealedTagBytes = 16
export const sealedKeyLabel = 'spacelift-worker workspace'
export const sealedChunkBytes = 1024 * 1024
const fixedBytes = 12
const noncePrefixBytes = 7

/** How the tar inside is compressed. */
export const sealedCompressions = { none: 0, zstd: 1 } as const
export type SealedCompression = keyof typeof sealedCompressions

/** What stands before the chunks. */
export interface SealedHeader {
  readonly compression: SealedCompression
  /** Plain bytes in every chunk but the last. */
  readonly chunkBytes: number
  readonly wrappedKey: Uint8Array
  /** Seven random bytes. */
  readonly noncePrefix: Uint8Array
}

/** The bytes of a header. */
export function encodeSealedHeader(header: SealedHeader): Buffer {
  const fixed = Buffer.alloc(fixedBytes)
  fixed.write(sealedMagic, 0, 'latin1')
  fixed.writeUInt8(sealedVersion, 4)
  fixed.writeUInt8(sealedCompressions[header.compression], 5)
  fixed.writeUInt32BE(header.chunkBytes, 6)
  fixed.writeUInt16BE(header.wrappedKey.byteLength, 10)
  return Buffer.concat([fixed, header.wrappedKey, header.noncePrefix])
}

/** A header and where the chunks begin; `more` while `bytes` does not hold all of it yet. Total. */
export function decodeSealedHeader(bytes: Buffer): Decoded<{ header: SealedHeader; length: number } | 'more'> {
  const magic = bytes.subarray(0, 4)
  if (!Buffer.from(sealedMagic, 'latin1').subarray(0, magic.length).equals(magic)) {
    return undecodable('not-sealed', 'not a sealed workspace')
  }
  if (bytes.length < fixedBytes) return { ok: true, value: 'more' }
  if (bytes[4] !== sealedVersion)
    return undecodable('wrong-version', `sealed workspace of version ${bytes[4]}, expected ${sealedVersion}`)
  const compression = compressionOf(bytes[5])
  if (compression === undefined) return undecodable('damaged', `sealed workspace: unknown compression ${bytes[5]}`)
  const chunkBytes = bytes.readUInt32BE(6)
  const keyBytes = bytes.readUInt16BE(10)
  if (chunkBytes < 1 || chunkBytes > 64 * 1024 * 1024)
    return undecodable('damaged', `sealed workspace: chunk size ${chunkBytes}`)
  if (keyBytes < 128 || keyBytes > 2048)
    return undecodable('damaged', `sealed workspace: wrapped key of ${keyBytes} bytes`)
  const length = fixedBytes + keyBytes + noncePrefixBytes
  if (bytes.length < length) return { ok: true, value: 'more' }
  const wrappedKey = bytes.subarray(fixedBytes, fixedBytes + keyBytes)
  return {
    ok: true,
    value: {
      header: { compression, chunkBytes, wrappedKey, noncePrefix: bytes.subarray(fixedBytes + keyBytes, length) },
      length,
    },
  }
}

/** The nonce of a chunk. `index` is below 2^32: with chunks of 1 MiB that is 4 PiB. */
export function sealedNonce(prefix: Uint8Array, index: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.set(prefix, 0)
  nonce.writeUInt32BE(index, 7)
  nonce.writeUInt8(last ? 1 : 0, 11)
  return nonce
}

function compressionOf(code: number | undefined): SealedCompression | undefined {
  return (Object.keys(sealedCompressions) as SealedCompression[]).find((name) => sealedCompressions[name] === code)
}
