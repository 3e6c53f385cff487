import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'

const run = promisify(execFile)
const main = fileURLToPath(new URL('../../../ci/cluster/main.ts', import.meta.url))

it('ends a cluster of which nothing runs any more with all that it left, its lock too', async () => {
  const cache = await mkdtemp(join(tmpdir(), 'cache-'))
  onTestFinished(() => rm(cache, { recursive: true }))
  const place = join(cache, 'spacelift-worker', 'cluster')
  await mkdir(join(place, 'node'), { recursive: true })
  await writeFile(join(place, 'node.lock'), JSON.stringify({ pid: 2 ** 22 - 1, startTime: '1' }))
  const { PATH = '', HOME = '' } = process.env
  await run(process.execPath, [main, 'down'], { env: { PATH, HOME, XDG_CACHE_HOME: cache } })
  expect(await readdir(place)).toEqual([])
})
