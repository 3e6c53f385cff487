import { mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, expect, it } from 'vitest'
import { DirectoryObjects } from '../../../mothership/src/objects/directory-objects.ts'
import { objectsContract } from '../../contract/objects.contract.ts'

const made: string[] = []
afterAll(() => Promise.all(made.map((path) => rm(path, { recursive: true, force: true }))))

async function newRoot(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'objects-'))
  made.push(path)
  return join(path, 'objects')
}

objectsContract('objects in a directory', async () => new DirectoryObjects(await newRoot()))

it('makes files and directories that only their owner can read', async () => {
  const root = await newRoot()
  const objects = new DirectoryObjects(root)
  await objects.put('states/one', Readable.from(['secret']))
  await objects.append('logs/one', 0, Buffer.from('line'))
  for (const path of ['.', 'states', 'logs', '+partial']) {
    expect((await stat(join(root, path))).mode & 0o777, path).toBe(0o700)
  }
  for (const path of ['states/one', 'logs/one']) expect((await stat(join(root, path))).mode & 0o777, path).toBe(0o600)
})

it('leaves nothing half-written behind, after a failure or a crash', async () => {
  const root = await newRoot()
  const objects = new DirectoryObjects(root)
  await objects.put('x', Readable.from(['whole']))
  const broken = Readable.from(
    (function* () {
      yield 'half'
      throw new Error('broken')
    })(),
  )
  await expect(objects.put('y', broken)).rejects.toThrow('broken')
  expect(await readdir(join(root, '+partial'))).toEqual([])
  await writeFile(join(root, '+partial', 'of a crash'), 'half')
  await objects.recover()
  expect(await readdir(root)).toEqual(['x'])
})

it('says that the disk is full, as something that can pass', async () => {
  const root = await newRoot()
  const objects = new DirectoryObjects(root)
  await objects.put('x', Readable.from(['1']))
  await symlink('/dev/full', join(root, 'log'))
  await expect(objects.append('log', 0, Buffer.from('x'))).rejects.toMatchObject({
    name: 'Refusal',
    code: 'unavailable',
  })
  await expect(objects.append('log', 0, Buffer.from('x'))).rejects.toThrow('the disk is full')
})
