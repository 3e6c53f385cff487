import { crc32, deflateRawSync } from 'node:zlib'

/** A zip of these files, compressed or not, with what a test wants changed in the record of each file. */
export function zipArchive(
  files: Readonly<Record<string, Buffer>>,
  how: { stored?: boolean; crc?: number; size?: number; comment?: string } = {},
): Buffer {
  const locals: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const [name, content] of Object.entries(files)) {
    const data = how.stored ? content : deflateRawSync(content)
    const about = Buffer.alloc(26)
    about.writeUInt16LE(20, 0)
    about.writeUInt16LE(how.stored ? 0 : 8, 4)
    about.writeUInt32LE(how.crc ?? crc32(content), 10)
    about.writeUInt32LE(data.length, 14)
    about.writeUInt32LE(how.size ?? content.length, 18)
    about.writeUInt16LE(name.length, 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), about, Buffer.from(name), data])
    const where = Buffer.alloc(14)
    where.writeUInt32LE(offset, 10)
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\0', 'latin1'), about, where, Buffer.from(name)]))
    locals.push(local)
    offset += local.length
  }
  const list = Buffer.concat(directory)
  const comment = Buffer.from(how.comment ?? '')
  const end = Buffer.alloc(18)
  end.writeUInt16LE(directory.length, 4)
  end.writeUInt16LE(directory.length, 6)
  end.writeUInt32LE(list.length, 8)
  end.writeUInt32LE(offset, 12)
  end.writeUInt16LE(comment.length, 16)
  return Buffer.concat([...locals, list, Buffer.from('PK\x05\x06'), end, comment])
}
