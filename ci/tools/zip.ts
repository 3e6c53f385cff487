import { inflateRawSync } from 'node:zlib'
import { ToolError } from './errors.ts'

const endOfDirectory = 0x06054b50
const directoryEntry = 0x02014b50
const localEntry = 0x04034b50
const stored = 0
const deflated = 8

/** A file of a zip archive. */
export interface ZipEntry {
  readonly name: string
  /** Its content. Throws `archive` if that is damaged or packed in another way than deflated or stored. */
  readonly bytes: () => Buffer
}

/**
 * The files of a zip archive (APPNOTE.TXT 4.3). Only what official releases use: one disk, no encryption, stored
 * or deflated. Throws `archive` for anything else.
 */
export function* entriesOfZip(archive: Buffer): Generator<ZipEntry> {
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]))
  if (end < 0 || archive.readUInt32LE(end) !== endOfDirectory) throw new ToolError('archive', 'not a zip archive')
  let at = archive.readUInt32LE(end + 16)
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    if (archive.readUInt32LE(at) !== directoryEntry) throw new ToolError('archive', 'zip: damaged directory')
    const nameLength = archive.readUInt16LE(at + 28)
    const place = placeOf(archive, at)
    yield { name: archive.toString('utf8', at + 46, at + 46 + nameLength), bytes: () => content(archive, place) }
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32)
  }
}

/** The bytes of one file of a zip archive. Throws `archive` as `entriesOfZip` does, or if there is none of that name. */
export function fileOfZip(archive: Buffer, name: string): Buffer {
  for (const entry of entriesOfZip(archive)) if (entry.name === name) return entry.bytes()
  throw new ToolError('archive', `zip: no file ${name}`)
}

interface Place {
  readonly method: number
  readonly packedLength: number
  readonly length: number
  readonly offset: number
}

function placeOf(archive: Buffer, at: number): Place {
  return {
    method: archive.readUInt16LE(at + 10),
    packedLength: archive.readUInt32LE(at + 20),
    length: archive.readUInt32LE(at + 24),
    offset: archive.readUInt32LE(at + 42),
  }
}

function content(archive: Buffer, { method, packedLength, length, offset }: Place): Buffer {
  if (archive.readUInt32LE(offset) !== localEntry) throw new ToolError('archive', 'zip: damaged entry')
  // The lengths of name and extra field can differ between the directory and the entry itself.
  const begin = offset + 30 + archive.readUInt16LE(offset + 26) + archive.readUInt16LE(offset + 28)
  const bytes = archive.subarray(begin, begin + packedLength)
  if (method === stored) return bytes
  if (method === deflated) return inflateRawSync(bytes, { maxOutputLength: Math.max(length, 1) })
  throw new ToolError('archive', `zip: unknown compression method ${method}`)
}
