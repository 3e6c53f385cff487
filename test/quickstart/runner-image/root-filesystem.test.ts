import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Parser, type ReadEntry } from 'tar'
import { expect, it } from 'vitest'
import { imageName } from '../../../quickstart/runner-image/recipe.ts'
import { rootFilesystem } from '../../../quickstart/runner-image/root-filesystem.ts'

/** The entries of the tar that a busybox of two programs becomes. */
async function entries() {
  const directory = await mkdtemp(join(tmpdir(), 'root-'))
  try {
    const busybox = join(directory, 'busybox')
    await writeFile(busybox, '#!/bin/sh\nprintf "bin/busybox\\nbin/sh\\nusr/bin/wget\\n"\n')
    await chmod(busybox, 0o755)
    const found = new Map<string, ReadEntry>()
    const onReadEntry = (entry: ReadEntry) => {
      found.set(entry.path, entry)
      entry.resume()
    }
    const parser = new Parser({ onReadEntry })
    const ended = new Promise<void>((resolve) => parser.on('end', resolve))
    for await (const chunk of await rootFilesystem(busybox, new AbortController().signal)) parser.write(chunk as Buffer)
    parser.end()
    await ended
    return found
  } finally {
    await rm(directory, { recursive: true })
  }
}

it('has busybox under each of its names, a user for runs, and a /tmp for all', async () => {
  const found = await entries()
  expect(found.get('bin/busybox')).toMatchObject({ type: 'File', mode: 0o755 })
  expect(found.get('usr/bin/wget')).toMatchObject({ type: 'SymbolicLink', linkpath: '/bin/busybox' })
  expect(found.get('home/spacelift/')).toMatchObject({ type: 'Directory', uid: 1983, gid: 1983 })
  expect(found.get('tmp/')?.mode).toBe(0o1777)
})

it('has a name that only its recipe decides', () => {
  expect(imageName()).toMatch(/^spacelift-worker\/runner:[0-9a-f]{12}$/)
})
