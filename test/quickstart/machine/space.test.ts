import { tmpdir } from 'node:os'
import { expect, it } from 'vitest'
import { insistOnSpace } from '../../../quickstart/machine/space.ts'

it('is content with a disk that has room', async () => {
  await expect(insistOnSpace(tmpdir(), 1)).resolves.toBeUndefined()
})

it('says of a full disk what is free and what is needed', async () => {
  await expect(insistOnSpace(tmpdir(), 1e12)).rejects.toMatchObject({
    code: 'disk-full',
    message: expect.stringMatching(/^The disk of \S+ is full: \d+ MB are free, 1000000000000 are needed\.$/) as unknown,
  })
})
