import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pid } from 'node:process'
import { expect, it } from 'vitest'
import { endProcess } from '../../../quickstart/processes/ending.ts'
import { identityOf, isAlive, thisProcess } from '../../../quickstart/processes/identity.ts'
import { isLock, takeLock } from '../../../quickstart/processes/lock.ts'

async function world() {
  const directory = await mkdtemp(join(tmpdir(), 'lock-'))
  return {
    directory,
    file: join(directory, 'lock'),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  }
}

it('gives a lock to one owner at a time', async () => {
  await using it = await world()
  const first = await takeLock(it.file)
  expect(await takeLock(it.file)).toEqual(thisProcess())
  if (isLock(first)) await first.release()
  expect(isLock(await takeLock(it.file))).toBe(true)
})

it.each([
  ['an owner that has ended', JSON.stringify({ pid: 999_999_999, startTime: '1' })],
  ['an owner whose number another process has now', JSON.stringify({ pid, startTime: '1' })],
  ['nobody', 'not JSON'],
])('takes a lock of %s', async (_of, text) => {
  await using it = await world()
  await writeFile(it.file, text)
  expect(isLock(await takeLock(it.file))).toBe(true)
  expect(await readdir(it.directory)).toEqual(['lock'])
})

it('ends a process that does not want to end', async () => {
  const child = spawn('sh', ['-c', 'trap "" TERM; echo ready; while :; do sleep 0.1; done'])
  await once(child.stdout, 'data')
  const identity = identityOf(child.pid ?? 0)
  await endProcess(child.pid ?? 0, 100)
  expect(identity && isAlive(identity)).toBe(false)
})
