import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { systemClock, type Clock } from '../../../launcher/src/base/clock.ts'
import { ToolBinaries } from '../../../launcher/src/tools/binaries.ts'
import { opentofu, opentofuRelease } from '../../../launcher/src/tools/opentofu.ts'
import { platformOfThisMachine } from '../../../launcher/src/tools/platform.ts'

const archiveOf = (version: string) => opentofuRelease.archive(version, platformOfThisMachine())

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'versions-'))
  onTestFinished(() => rm(path, { recursive: true }))
  return path
}

/** A mirror over HTTP that has one file; a null content is an error. */
async function mirror(content: { now: string | null }) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    if (content.now === null) response.writeHead(503).end()
    else response.end(content.now)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

function world(cache: string, source: string) {
  const time = { now: 1_000_000 }
  const clock: Clock = { ...systemClock, now: () => time.now, sleep: async () => {} }
  const binaries = new ToolBinaries({ directory: cache, mirror: source, clock })
  const lines: string[] = []
  const signal = new AbortController().signal
  const resolve = (wanted: string) =>
    binaries.resolve(opentofu, wanted, { signal, progress: (line) => void lines.push(line) })
  return { resolve, lines, time }
}

describe('a constraint of a version', () => {
  it('means the newest that a list has for this machine, in every form of it', async () => {
    const forms = [
      JSON.stringify(['1.9.0', '1.9.1', '1.10.0']),
      JSON.stringify({
        versions: [
          { id: '1.9.0', files: [archiveOf('1.9.0')] },
          { id: '1.9.1', files: [archiveOf('1.9.1')] },
          { id: '1.9.2', files: ['tofu_1.9.2_plan9_arm.zip'] },
        ],
      }),
      JSON.stringify({
        versions: {
          '1.9.1': { builds: [{ filename: archiveOf('1.9.1') }] },
          '1.9.2': { builds: [{ filename: 'tofu_1.9.2_plan9_arm.zip' }] },
        },
      }),
    ]
    for (const now of forms) {
      const { address, asked } = await mirror({ now })
      expect(await world(await directory(), address).resolve('~> 1.9.0')).toBe('1.9.1')
      expect(asked).toEqual(['/tofu_index.json'])
    }
  })

  it('means the newest archive of a directory that has no list', async () => {
    const source = await directory()
    for (const version of ['1.9.0', '1.9.1', '2.0.0']) await writeFile(join(source, archiveOf(version)), '')
    await writeFile(join(source, 'tofu_1.9.9_plan9_arm.zip'), '')
    expect(await world(await directory(), source).resolve('< 2')).toBe('1.9.1')
  })

  it('is looked up again when the list is old', async () => {
    const content = { now: '["1.9.0"]' }
    const { address, asked } = await mirror(content)
    const { resolve, time } = world(await directory(), address)
    expect(await resolve('1.9')).toBe('1.9.0')
    content.now = '["1.9.0", "1.9.1"]'
    time.now += 9 * 60_000
    expect(await resolve('1.9')).toBe('1.9.0')
    time.now += 2 * 60_000
    expect(await resolve('1.9')).toBe('1.9.1')
    expect(asked).toHaveLength(2)
  })

  it('means the newest that is here when the list cannot be had, and says so', async () => {
    const cache = await directory()
    for (const version of ['1.9.0', '1.9.1', '1.9.2']) {
      const here = join(cache, 'opentofu', version)
      await mkdir(here, { recursive: true })
      // The newest one is not whole.
      if (version === '1.9.2') continue
      await writeFile(join(here, 'tofu'), '#!/bin/sh\n')
      await chmod(join(here, 'tofu'), 0o755)
    }
    const { address, asked } = await mirror({ now: null })
    const { resolve, lines } = world(cache, address)
    expect(await resolve('~> 1.9')).toBe('1.9.1')
    expect(lines).toEqual([
      expect.stringMatching(/cannot be listed .*503.*: 1\.9\.1 is the newest here that meets ~> 1\.9$/),
    ])
    expect(asked).toHaveLength(3)
    await expect(resolve('~> 2.0')).rejects.toMatchObject({
      code: 'TOOL_UNAVAILABLE',
      message: expect.stringContaining('none that is here already meets ~> 2.0') as string,
    })
  })

  it('that nothing meets is told the newest versions', async () => {
    const { address } = await mirror({ now: '["1.9.0", "1.10.0", "1.11.0-rc1"]' })
    await expect(world(await directory(), address).resolve('~> 3.0')).rejects.toMatchObject({
      code: 'TOOL_UNAVAILABLE',
      message: 'no published version of opentofu meets ~> 3.0; the newest are 1.10.0, 1.9.0',
    })
  })

  it.each(['latest', '^1.9', '../1.9.0'])('is not %s', async (wrong) => {
    await expect(world(await directory(), '/nowhere').resolve(wrong)).rejects.toMatchObject({
      message: expect.stringContaining('or a constraint, such as ~> 1.12') as string,
    })
  })
})
