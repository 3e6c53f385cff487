import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DirectoryLock } from '../../../launcher/src/lifecycle/directory-lock.ts'

let directory: string
const locks: DirectoryLock[] = []
const take = async (where = directory) => {
  const lock = await DirectoryLock.take(where)
  locks.push(lock)
  return lock
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lock-'))
})
afterEach(async () => {
  for (const lock of locks.splice(0)) lock.release()
  await rm(directory, { recursive: true })
})

const held = () => ({
  code: 'CONFIGURATION',
  message: `SPACELIFT_LAUNCHER_DIRECTORY: another launcher works in ${directory}`,
})

describe('DirectoryLock', () => {
  it('is held by one launcher', async () => {
    await take()
    await expect(take()).rejects.toMatchObject(held())
  })

  it('can be taken again after it was released, and by many one after the other', async () => {
    for (let times = 0; times < 5; times++) (await take()).release()
    await take()
  })

  it('is given up with the process, however that ends', async () => {
    const module = new URL('../../../launcher/src/lifecycle/directory-lock.ts', import.meta.url).pathname
    const program = `const { DirectoryLock } = await import(${JSON.stringify(module)})
      await DirectoryLock.take(${JSON.stringify(directory)})
      process.stdout.write('held')
      setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    await expect(take()).rejects.toMatchObject(held())
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await readdir(directory)).toEqual(['lock'])
    await take()
  })

  it('does not mind a long path', async () => {
    const deep = join(directory, 'd'.repeat(120), 'd'.repeat(120))
    await mkdir(deep, { recursive: true })
    await take(deep)
    await expect(take(deep)).rejects.toMatchObject({ code: 'CONFIGURATION' })
  })

  it('makes the directory, or says that it cannot', async () => {
    await take(join(directory, 'not', 'there', 'yet'))
    await expect(take('/dev/null/spacelift')).rejects.toMatchObject({
      message: 'SPACELIFT_LAUNCHER_DIRECTORY: cannot write to /dev/null/spacelift (ENOTDIR)',
    })
  })
})
