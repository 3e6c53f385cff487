import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { runGo } from '../../../ci/tools/go.ts'

/** A PATH with a Go that says it is `version`, or with none; and a module proxy that has nothing but one body. */
async function world({ version, body }: { version?: string; body?: string }) {
  const directory = await mkdtemp(join(tmpdir(), 'go-'))
  const path = join(directory, 'bin')
  await mkdir(path)
  if (version) {
    await writeFile(join(path, 'go'), `#!/bin/sh\necho "go version go${version} linux/amd64, asked for $*"\n`)
    await chmod(join(path, 'go'), 0o755)
  }
  const asked: string[] = []
  const server = createServer(({ url = '' }, response) => {
    asked.push(url)
    response.statusCode = body === undefined ? 404 : 200
    response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const env = { PATH: path, GOPROXY: `off,http://127.0.0.1:${(server.address() as AddressInfo).port}` }
  const cache = join(directory, 'cache')
  return {
    asked,
    run: () => runGo(['build', '.'], { cache, env, signal: new AbortController().signal }),
    kept: () => readdir(join(cache, 'tools/go')).catch(() => []),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await rm(directory, { recursive: true })
    },
  }
}

it.each(['1.21.0', '1.26.8', '2.0'])('takes Go %s of the PATH', async (version) => {
  await using it = await world({ version })
  expect(await it.run()).toContain('asked for build .')
  expect(it.asked).toEqual([])
})

it.each(['1.19.8', '1.9'])('passes over Go %s, which cannot fetch a newer one', async (version) => {
  await using it = await world({ version })
  await expect(it.run()).rejects.toThrow('answers 404')
  expect(it.asked).toEqual([expect.stringMatching(/^\/golang\.org\/toolchain\/@v\/v0\.0\.1-go\d+\.\d+\.\d+\.linux-/)])
})

it('refuses an archive that does not hash to the pinned sum, and leaves nothing of it', async () => {
  await using it = await world({ body: 'not Go' })
  await expect(it.run()).rejects.toThrow(/hashes to [0-9a-f]{64}, expected [0-9a-f]{64}/)
  expect(await it.kept()).toEqual([])
})
