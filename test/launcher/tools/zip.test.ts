import { randomBytes } from 'node:crypto'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { extractZipEntry, ZipError } from '../../../launcher/src/tools/zip.ts'
import { zipArchive } from './zip-archive.ts'

async function read(archive: Buffer, name: string): Promise<Buffer> {
  const directory = await mkdtemp(join(tmpdir(), 'zip-'))
  await writeFile(join(directory, 'archive'), archive)
  const file = await open(join(directory, 'archive'))
  try {
    const pieces: Buffer[] = []
    const write = async (bytes: Buffer) => void pieces.push(bytes)
    await extractZipEntry(file, name, { write, signal: new AbortController().signal })
    return Buffer.concat(pieces)
  } finally {
    await file.close()
    await rm(directory, { recursive: true })
  }
}

const large = Buffer.concat([randomBytes(300_000), Buffer.alloc(700_000)])
const files = { LICENSE: Buffer.from('free'), tofu: large, empty: Buffer.alloc(0) }

describe('extractZipEntry', () => {
  it.each([{}, { stored: true }, { comment: 'PK of a comment' }])(
    'reads a file out of an archive (%j)',
    async (how) => {
      const archive = zipArchive(files, how)
      expect((await read(archive, 'tofu')).equals(large)).toBe(true)
      expect(String(await read(archive, 'LICENSE'))).toBe('free')
    },
  )

  it('tells a file that is not there, and an archive that is none', async () => {
    await expect(read(zipArchive(files), 'terraform')).rejects.toThrow('the archive has no file terraform')
    await expect(read(Buffer.from('<html>not found</html>'), 'tofu')).rejects.toThrow(ZipError)
    await expect(read(Buffer.alloc(0), 'tofu')).rejects.toThrow(ZipError)
  })

  it('tells a file whose content is not what the archive says', async () => {
    await expect(read(zipArchive(files, { crc: 1 }), 'tofu')).rejects.toThrow('damaged')
    await expect(read(zipArchive(files, { size: 10 }), 'tofu')).rejects.toThrow('longer than it says')
  })

  it('never gives other bytes for a damaged archive', async () => {
    const archive = zipArchive({ tofu: Buffer.from('the one and only content, over and over and over') })
    await fc.assert(
      fc.asyncProperty(fc.nat(archive.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const damaged = Buffer.from(archive)
        damaged[at] = (damaged[at] ?? 0) ^ flip
        const content = await read(damaged, 'tofu').catch(() => null)
        if (content !== null) expect(String(content)).toBe('the one and only content, over and over and over')
      }),
      { numRuns: 200 },
    )
  })
})
