import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { cachedFile } from '../../../ci/tools/cache.ts'
import { ensureTool } from '../../../ci/tools/ensure-tool.ts'
import { tools, type Tool } from '../../../ci/tools/tools.ts'
import { packed } from './packed.ts'

const program = (version: string) => `#!/bin/sh\necho "Gadget v${version}"\n`

function gadget(folder: string, sha256: string): Tool {
  return {
    name: 'gadget',
    title: 'Gadget',
    version: '1.2.3',
    binary: 'gadget',
    versionArguments: ['version'],
    versionPattern: /^Gadget v(\S+)/m,
    release: { folder, archives: { 'linux-x64': { file: 'gadget.zip', sha256 } } },
    module: null,
  }
}

/** A tool `gadget` 1.2.3, a server with its release, an empty cache and a PATH of one empty folder. */
async function world(options: { release?: string; sha256?: string } = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'tools-'))
  const path = join(directory, 'bin')
  await mkdir(path)
  const archive = packed({ gadget: options.release ?? program('1.2.3') })
  const server = createServer((request, response) => {
    response.statusCode = request.url === '/gadget.zip' && options.release !== '' ? 200 : 404
    response.end(archive)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const folder = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const sha256 = options.sha256 ?? createHash('sha256').update(archive).digest('hex')
  const tool = gadget(folder, sha256)
  const said: string[] = []
  const cache = join(directory, 'cache')
  const signal = new AbortController().signal
  const places = { cache, env: { PATH: path }, platform: 'linux-x64', say: (line: string) => said.push(line), signal }
  return {
    tool,
    said,
    cache,
    ensure: () => ensureTool(tool, places),
    async onPath(version: string) {
      await writeFile(join(path, 'gadget'), program(version))
      await chmod(join(path, 'gadget'), 0o755)
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await rm(directory, { recursive: true })
    },
  }
}

it('fetches the official release into the cache, and finds it there the next time', async () => {
  await using it = await world()
  const file = cachedFile(it.tool, it.cache)
  expect(await it.ensure()).toEqual({ file, from: 'release' })
  expect(await it.ensure()).toEqual({ file, from: 'cache' })
  expect(it.said).toEqual([`Gadget 1.2.3: release, ${file}`, `Gadget 1.2.3: cache, ${file}`])
})

it('prefers the PATH in the pinned version to the release', async () => {
  await using it = await world()
  await it.onPath('1.2.3')
  expect(await it.ensure()).toMatchObject({ from: 'PATH' })
})

it('takes the word of a tool that tells its version on standard error', async () => {
  await using it = await world({ release: '#!/bin/sh\necho "Gadget v1.2.3" >&2\n' })
  expect(await it.ensure()).toMatchObject({ from: 'release' })
})

it('passes over another version on the PATH', async () => {
  await using it = await world()
  await it.onPath('1.2.4')
  expect(await it.ensure()).toMatchObject({ from: 'release' })
})

it('refuses a release that does not hash to the pinned sum, and leaves nothing of it', async () => {
  await using it = await world({ sha256: '0'.repeat(64) })
  await expect(it.ensure()).rejects.toThrow(/gadget.zip hashes to [0-9a-f]{64}, expected 0{64}/)
  expect(await readdir(join(it.cache, 'tools/gadget/1.2.3'))).toEqual([])
})

it('refuses a release that says it is another version', async () => {
  await using it = await world({ release: program('9.9.9') })
  await expect(it.ensure()).rejects.toThrow('release: it says that it is 9.9.9')
})

it('names every way that failed', async () => {
  await using it = await world({ release: '' })
  await it.onPath('1.0.0')
  await expect(it.ensure()).rejects.toThrow(
    /^Gadget 1\.2\.3 cannot be had \(PATH has 1\.0\.0 instead; release: http:\S+ answers 404; build: Gadget cannot be built as a Go module\)$/,
  )
})

it.each(tools)('pins $title: its release by version and SHA-256, or its module by version and sum', (tool) => {
  for (const archive of Object.values(tool.release?.archives ?? {})) {
    expect(archive.file).toContain(tool.version)
    expect(archive.sha256).toMatch(/^[0-9a-f]{64}$/)
  }
  if (tool.release) expect(tool.release.folder).toContain(tool.version)
  if (!tool.module) return expect(tool.release).not.toBeNull()
  const pins = readFileSync(new URL(`../../../ci/tools/${tool.name}/go.mod`, import.meta.url), 'utf8')
  const pinned = pins.split('\n').some((line) => isPinOf(tool, line))
  expect(pinned, `go.mod of ${tool.name} requires version ${tool.version} of ${tool.module.package}`).toBe(true)
})

function isPinOf(tool: Tool, line: string): boolean {
  const [path = '', version] = line.replace(/^\s*(require )?/, '').split(' ')
  return `${tool.module?.package}/`.startsWith(`${path}/`) && version === `v${tool.version}`
}
