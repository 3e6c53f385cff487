import { readFile, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { CannotStart } from '../../../mothership/src/base/cannot-start.ts'
import { prepareDataDirectory, replaceFile } from '../../../mothership/src/serve/data-directory.ts'
import { temporaryDirectory } from '../support/mothership-world.ts'

it('is made with its parents, for its user alone, and left as it was found', async () => {
  await using directory = await temporaryDirectory()
  const path = join(directory.path, 'a', 'b')
  const data = await prepareDataDirectory(path)
  expect((await stat(path)).mode & 0o777).toBe(0o700)
  expect(await readdir(path)).toEqual([])
  expect(data.profile).toBe(join(path, 'profile.json'))
  await prepareDataDirectory(path)
})

it('is refused with its name where a file is in the way, and where nothing can be written', async () => {
  await using directory = await temporaryDirectory()
  const file = join(directory.path, 'file')
  await writeFile(file, '')
  for (const path of [file, join(file, 'below'), '/sys/mothership']) {
    const failure: unknown = await prepareDataDirectory(path).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(CannotStart)
    expect((failure as Error).message).toContain(path)
  }
})

it('replaces a file as a whole, readable for its user alone', async () => {
  await using directory = await temporaryDirectory()
  const path = join(directory.path, 'file')
  await writeFile(path, 'old and longer', { mode: 0o644 })
  await replaceFile(path, 'new')
  expect(await readFile(path, 'utf8')).toBe('new')
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect(await readdir(directory.path)).toEqual(['file'])
})
