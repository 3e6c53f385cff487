import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { launch } from '../system/process.ts'
import { applyStack, startTask } from '../system/runs.ts'
import { sharedWorld } from '../system/shared-world.ts'

const shared = sharedWorld({ launchers: 0 })

it('works for the mothership with the new token and key after its pool was reset, without a restart', async () => {
  const { world, people } = await shared()
  const [token, key] = ['token', 'key'].map((name) => join(world.directory, name)) as [string, string]
  const { SPACELIFT_TOKEN = '', SPACELIFT_POOL_PRIVATE_KEY = '' } = world.launcherEnv('renewed')
  await writeFile(token, SPACELIFT_TOKEN)
  await writeFile(key, SPACELIFT_POOL_PRIVATE_KEY)
  await using launcher = await launch(world, 'renewed', {
    SPACELIFT_TOKEN: '',
    SPACELIFT_POOL_PRIVATE_KEY: '',
    SPACELIFT_TOKEN_FILE: token,
    SPACELIFT_POOL_PRIVATE_KEY_FILE: key,
  })
  const before = await world.cli<{ id: string }[]>(['worker', 'list'])
  const out = join(world.directory, 'pool-after')
  const { files } = await world.cli<{ files: { token: string; privateKey: string } }>([
    'pool',
    'reset',
    'test',
    '--out',
    out,
  ])
  await writeFile(token, await readFile(files.token))
  await writeFile(key, await readFile(files.privateKey))
  await launcher.says('works with the new credentials')
  expect(await world.cli<{ id: string }[]>(['worker', 'list'])).toMatchObject(before.map(({ id }) => ({ id })))
  const run = await startTask(people, await applyStack(people, 'name: renewed\ntool: custom'), 'echo hello')
  await world.reaches(run, ['FINISHED'])
  launcher.child.kill('SIGTERM')
  expect(await launcher.ended).toBe(0)
  expect(launcher.out).not.toContain('"level":"error"')
})
