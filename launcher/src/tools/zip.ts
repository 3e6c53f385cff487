import type { FileHandle } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { crc32, createInflateRaw } from 'node:zlib'

/*
 * One file out of a zip (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT). Node brings what is hard about it, the
 * decompression; the bytes were checked against a published sum before they come here. Without zip64: below 4 GiB.
 */

/** An archive that is no zip, or that has no such file. A bug of its publisher or a damaged download: never of this code's caller. */
export class ZipError extends Error {}

interface Entry {
  readonly method: number
  readonly crc: number
  readonly compressed: number
  readonly size: number
  readonly offset: number
}

const localBytes = 30
const endBytes = 22
const pieceBytes = 256 * 1024
/** The list of a release has a handful of files. */
const maxReadBytes = 1024 * 1024
const longestComment = 65_535

/** Gives the content of the file `name` to `write`, piece by piece. Rejects with a ZipError if it is not what the archive says of it. */
export async function extractZipEntry(
  file: FileHandle,
  name: string,
  to: { readonly write: (bytes: Buffer) => Promise<unknown>; readonly signal: AbortSignal },
): Promise<void> {
  const entry = await findEntry(file, name)
  const local = await readAt(file, entry.offset, localBytes)
  if (local.length < localBytes) throw new ZipError('the archive is cut off')
  const start = entry.offset + localBytes + local.readUInt16LE(26) + local.readUInt16LE(28)
  const stored = piecesOf(file, start, start + entry.compressed)
  const write = async (content: AsyncIterable<Buffer>) => {
    for await (const piece of checked(content, entry)) await to.write(piece)
  }
  if (entry.method === 0) await pipeline(stored, write, { signal: to.signal })
  else await pipeline(stored, createInflateRaw(), write, { signal: to.signal })
}

async function* piecesOf(file: FileHandle, start: number, end: number): AsyncGenerator<Buffer> {
  for (let at = start; at < end; ) {
    const piece = await readAt(file, at, Math.min(pieceBytes, end - at))
    if (piece.length === 0) throw new ZipError('the archive is cut off')
    at += piece.length
    yield piece
  }
}

async function findEntry(file: FileHandle, name: string): Promise<Entry> {
  const directory = await readDirectory(file)
  for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === 0x02014b50; ) {
    const nameEnd = at + 46 + directory.readUInt16LE(at + 28)
    if (directory.toString('utf8', at + 46, nameEnd) === name) return entryAt(directory, at)
    at = nameEnd + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32)
  }
  throw new ZipError(`the archive has no file ${name}`)
}

function entryAt(directory: Buffer, at: number): Entry {
  const method = directory.readUInt16LE(at + 10)
  if (method !== 0 && method !== 8) throw new ZipError(`the archive is compressed in an unknown way (${method})`)
  return {
    method,
    crc: directory.readUInt32LE(at + 16),
    compressed: directory.readUInt32LE(at + 20),
    size: directory.readUInt32LE(at + 24),
    offset: directory.readUInt32LE(at + 42),
  }
}

/** The list of files, which is found from the end of the archive. */
async function readDirectory(file: FileHandle): Promise<Buffer> {
  const { size } = await file.stat()
  const tail = await readAt(file, Math.max(0, size - endBytes - longestComment), endBytes + longestComment)
  const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]))
  if (end < 0 || end + endBytes > tail.length) throw new ZipError('the archive is not a zip')
  return await readAt(file, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12))
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  if (length > maxReadBytes) throw new ZipError('the archive is damaged: its list of files is too long')
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position)
  return buffer.subarray(0, bytesRead)
}

async function* checked(content: AsyncIterable<Buffer>, entry: Entry): AsyncGenerator<Buffer> {
  let crc = 0
  let size = 0
  for await (const piece of content) {
    crc = crc32(piece, crc)
    size += piece.length
    if (size > entry.size) throw new ZipError('the file in the archive is longer than it says')
    yield piece
  }
  if (crc !== entry.crc || size !== entry.size) throw new ZipError('the file in the archive is damaged')
}
