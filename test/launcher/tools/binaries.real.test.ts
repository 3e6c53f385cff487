import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../../launcher/src/base/clock.ts'
import { ToolBinaries } from '../../../launcher/src/tools/binaries.ts'
import { opentofu, opentofuRelease } from '../../../launcher/src/tools/opentofu.ts'
import { platformOfThisMachine } from '../../../launcher/src/tools/platform.ts'
import { zipArchive } from './zip-archive.ts'

const run = promisify(execFile)
const version = '1.12.6'

/** A directory on a disk of its own with this much room. */
async function smallDisk(parent: string, kilobytes: number): Promise<string> {
  const path = join(parent, 'disk')
  await mkdir(path)
  await run('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', path])
  onTestFinished(async () => void (await run('umount', [path])))
  return path
}

it('a tool for which there is no room is DISK_FULL, with the disk and without a second try, and leaves nothing', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'binaries-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const archive = zipArchive({ tofu: randomBytes(400_000) })
  const name = opentofuRelease.archive(version, platformOfThisMachine())
  await writeFile(join(directory, name), archive)
  const sum = createHash('sha256').update(archive).digest('hex')
  await writeFile(join(directory, opentofuRelease.sums(version)), `${sum}  ${name}\n`)

  // Room for half the archive; and for the archive, but not for what is in it.
  for (const kilobytes of [200, 600]) {
    const disk = await smallDisk(await mkdtemp(join(directory, 'of-')), kilobytes)
    const binaries = new ToolBinaries({ directory: disk, mirror: directory, clock: systemClock })
    const fetched = binaries.directory(opentofu, version, { signal: new AbortController().signal, progress: () => {} })
    await expect(fetched).rejects.toMatchObject({
      code: 'DISK_FULL',
      message: `opentofu 1.12.6: there is no room for it, the disk of ${disk} is full`,
    })
    expect(await readdir(join(disk, 'opentofu'))).toEqual([])
  }
})
