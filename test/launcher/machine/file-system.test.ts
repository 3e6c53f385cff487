import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { expect, it } from 'vitest'
import { usageOf } from '../../../launcher/src/machine/file-system.ts'

it('reads how full a file system is as df counts', async () => {
  const usage = await usageOf(tmpdir())
  const [, row = ''] = execFileSync('df', ['--output=pcent,avail', '-B1', tmpdir()], { encoding: 'utf8' }).split('\n')
  const [percent = 0, available = 0] = row
    .trim()
    .split(/\s+/)
    .map((cell) => Number(cell.replace('%', '')))
  // df rounds up, and others write meanwhile.
  expect(Math.abs((usage?.usedPercent ?? 0) - percent)).toBeLessThan(2)
  expect(Math.abs((usage?.availableBytes ?? 0) - available)).toBeLessThan(2 ** 30)
})

it('knows nothing of a directory that is not there', async () => {
  expect(await usageOf('/not/there')).toBe(null)
})
