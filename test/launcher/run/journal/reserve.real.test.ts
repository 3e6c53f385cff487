import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { Journal } from '../../../../launcher/src/run/journal/journal.ts'

const job = '01JD0000000000000000000001'

/** A file system of 2 MiB. */
function smallDisk(): string {
  const path = mkdtempSync(join(tmpdir(), 'small-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', path])
  onTestFinished(() => {
    execFileSync('umount', ['-l', path])
    rmSync(path, { recursive: true })
  })
  return path
}

function fill(path: string): void {
  for (let size = 1 << 20; size >= 1; size >>= 1) {
    for (let number = 0; number < 3; number += 1) {
      try {
        writeFileSync(join(path, `fill-${size}-${number}`), Buffer.alloc(size))
      } catch {
        break
      }
    }
  }
}

it('writes the end of a job though the disk is full, and keeps what was there', async () => {
  const disk = smallDisk()
  const journal = new Journal(disk)
  const open = await journal.open(job)
  await open.write({ kind: 'accepted', at: 1 })
  fill(disk)
  const long = 'x'.repeat(10_000)
  await open.write({ kind: 'line', offset: 0, text: long })
  await open.write({ kind: 'started' })
  await open.close()
  const jobs = await journal.jobs(() => {})
  expect(jobs[0]?.records.map(({ kind }) => kind)).toEqual(['accepted', 'line', 'started'])
  expect(() => statSync(join(disk, 'reserve'))).toThrow('ENOENT')
})

it('says that the disk is full when the reserve is gone, and leaves the journal whole', async () => {
  const disk = smallDisk()
  const journal = new Journal(disk)
  const open = await journal.open(job)
  await open.write({ kind: 'accepted', at: 1 })
  rmSync(join(disk, 'reserve'))
  fill(disk)
  await expect(open.write({ kind: 'line', offset: 0, text: 'x'.repeat(10_000) })).rejects.toThrow('ENOSPC')
  await open.close()
  const aside: string[] = []
  expect((await journal.jobs((name) => aside.push(name)))[0]?.records).toHaveLength(1)
  expect(aside).toEqual([])
})
