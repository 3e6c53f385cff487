import { inflateRawSync } from 'node:zlib'
import { ToolError } from './errors.ts'

const endOfDirectory = 0x06054b50
const directoryEntry = 0x02014b50
const localEntry = 0x04034b50
const stored = 0
const deflated = 8

/**
 * The bytes of one file of a zip archive (APPNOTE.TXT 4.3). Only what official releases use: one disk, no encryption, stored
 * or deflated. Rejects anything else as `archive`.
 */
export function fileOfZip(archive: Buffer, name: string): Buffer {
  const entry = findEntry(archive, name)
  if (archive.readUInt32LE(entry.offset) !== localEntry) throw new ToolError('archive', 'zip: damaged entry')
  // The lengths of name and extra field can differ between the directory and the entry itself.
  const begin = entry.offset + 30 + archive.readUInt16LE(entry.offset + 26) + archive.readUInt16LE(entry.offset + 28)
  const bytes = archive.subarray(begin, begin + entry.packedLength)
  if (entry.method === stored) return bytes
  if (entry.method === deflated) return inflateRawSync(bytes, { maxOutputLength: entry.length })
  throw new ToolError('archive', `zip: unknown compression method ${entry.method}`)
}

interface Entry {
  readonly method: number
  readonly packedLength: number
  readonly length: number
  readonly offset: number
}

function findEntry(archive: Buffer, name: string): Entry {
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]))
  if (end < 0 || archive.readUInt32LE(end) !== endOfDirectory) throw new ToolError('archive', 'not a zip archive')
  let at = archive.readUInt32LE(end + 16)
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    if (archive.readUInt32LE(at) !== directoryEntry) throw new ToolError('archive', 'zip: damaged directory')
    const nameLength = archive.readUInt16LE(at + 28)
    if (archive.toString('utf8', at + 46, at + 46 + nameLength) === name) return readEntry(archive, at)
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32)
  }
  throw new ToolError('archive', `zip: no file ${name}`)
}

function readEntry(archive: Buffer, at: number): Entry {
  return {
    method: archive.readUInt16LE(at + 10),
    packedLength: archive.readUInt32LE(at + 20),
    length: archive.readUInt32LE(at + 24),
    offset: archive.readUInt32LE(at + 42),
  }
}
