import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { CannotStart } from '../../../mothership/src/base/cannot-start.ts'
import { Lock } from '../../../mothership/src/store/lock.ts'
import { temporaryDirectory } from '../support/mothership-world.ts'

const module = new URL('../../../mothership/src/store/lock.ts', import.meta.url).pathname

it('is held by one, until it is let go', async () => {
  await using directory = await temporaryDirectory()
  const path = join(directory.path, 'lock')
  const held = new Lock(path)
  expect(() => new Lock(path)).toThrow(CannotStart)
  held[Symbol.dispose]()
  new Lock(path)[Symbol.dispose]()
})

it('is gone with a process that was killed', async () => {
  await using directory = await temporaryDirectory()
  const path = join(directory.path, 'lock')
  const holder = `import { Lock } from ${JSON.stringify(module)}; new Lock(${JSON.stringify(path)}); process.kill(process.pid, 'SIGKILL')`
  const held = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', holder])
  await expect(held).rejects.toMatchObject({ signal: 'SIGKILL' })
  new Lock(path)[Symbol.dispose]()
})
