import { crc32, deflateRawSync } from 'node:zlib'

/** A zip archive of files, deflated unless told otherwise. */
export function packed(files: Readonly<Record<string, string>>, method: 0 | 8 = 8): Buffer {
  const entries: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const [name, text] of Object.entries(files)) {
    const bytes = method === 8 ? deflateRawSync(text) : Buffer.from(text)
    const fields = Buffer.alloc(26)
    fields.writeUInt16LE(method, 4)
    fields.writeUInt32LE(crc32(text), 10)
    fields.writeUInt32LE(bytes.length, 14)
    fields.writeUInt32LE(Buffer.byteLength(text), 18)
    fields.writeUInt16LE(Buffer.byteLength(name), 22)
    entries.push(Buffer.concat([Buffer.from('PK\x03\x04'), fields, Buffer.from(name), bytes]))
    directory.push(directoryEntry(fields, name, offset))
    offset += 30 + Buffer.byteLength(name) + bytes.length
  }
  const listing = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 0, 'latin1')
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(listing.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...entries, listing, end])
}

function directoryEntry(fields: Buffer, name: string, offset: number): Buffer {
  const entry = Buffer.alloc(46)
  entry.write('PK\x01\x02', 0, 'latin1')
  fields.copy(entry, 6, 0, 26)
  entry.writeUInt32LE(offset, 42)
  return Buffer.concat([entry, Buffer.from(name)])
}
