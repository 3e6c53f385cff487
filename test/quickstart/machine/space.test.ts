import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { QuickstartError } from '../../../quickstart/failure.ts'
import { blamingDisk, insistOnSpace } from '../../../quickstart/machine/space.ts'

it('is content with a disk that has room', async () => {
  await expect(insistOnSpace(tmpdir(), 1)).resolves.toBeUndefined()
})

it('says of a full disk what is free and what is needed', async () => {
  await expect(insistOnSpace(tmpdir(), 1e12)).rejects.toMatchObject({
    code: 'disk-full',
    message: expect.stringMatching(/^The disk of \S+ is full: \d+ MB are free, 1000000000000 are needed\.$/) as unknown,
  })
})

it('blames a full disk for what fails on it, and no other disk', async () => {
  const failure = new QuickstartError('program-failed', 'The mothership ended: it said nothing', { logs: ['/a.log'] })
  expect(await blamingDisk(failure, [tmpdir(), join(tmpdir(), 'nowhere')])).toBe(failure)
  // The kernel's own: it has no room at all.
  expect(await blamingDisk(failure, ['/proc'])).toMatchObject({
    code: 'disk-full',
    message: 'The disk of /proc is full: 0 MB are free. It came out like this: The mothership ended: it said nothing',
    logs: ['/a.log'],
  })
})
