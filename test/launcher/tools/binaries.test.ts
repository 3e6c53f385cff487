import { createHash } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { systemClock, type Clock } from '../../../launcher/src/base/clock.ts'
import { ToolBinaries } from '../../../launcher/src/tools/binaries.ts'
import { custom } from '../../../launcher/src/tools/custom.ts'
import { opentofu, opentofuRelease } from '../../../launcher/src/tools/opentofu.ts'
import { platformOfThisMachine } from '../../../launcher/src/tools/platform.ts'
import { zipArchive } from './zip-archive.ts'

const version = '1.12.6'
const archiveName = opentofuRelease.archive(version, platformOfThisMachine())
const sumsName = opentofuRelease.sums(version)
const program = Buffer.from('#!/bin/sh\necho tofu\n')
const archive = zipArchive({ LICENSE: Buffer.from('x'), tofu: program })
/** The head of an executable of a machine that no test runs on. */
const foreign = Buffer.from('7f454c4602020100000000000000000000020016', 'hex')
const foreignArchive = zipArchive({ tofu: foreign })
const sumsOf = (bytes: Buffer) =>
  `${'0'.repeat(64)}  other.zip\n${createHash('sha256').update(bytes).digest('hex')}  ${archiveName}\n`

/** Pauses take no time, and are counted. */
function impatient(): Clock & { pauses: number } {
  const clock = { ...systemClock, pauses: 0, sleep: async () => void clock.pauses++ }
  return clock
}

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'binaries-'))
  onTestFinished(() => rm(path, { recursive: true }))
  return path
}

type Release = Record<string, Buffer | string>
const release: Release = { [archiveName]: archive, [sumsName]: sumsOf(archive) }

/** A mirror over HTTP, whose next answers may be errors. */
async function mirror(files: Release, errors: number[] = []) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const name = (request.url ?? '').slice('/mirror/'.length)
    const [, account] = request.headers.authorization?.split(' ') ?? []
    asked.push(account ? `${name} ${Buffer.from(account, 'base64').toString()}` : name)
    const error = errors.shift()
    const content = files[name]
    if (error !== undefined || content === undefined) response.writeHead(error ?? 404).end('sorry')
    else response.end(content)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mirror`, asked }
}

async function directoryOf(files: Release): Promise<string> {
  const path = await directory()
  for (const [name, content] of Object.entries(files)) await writeFile(join(path, name), content)
  return path
}

function world(options: { directory: string; mirror: string }, clock = impatient()) {
  const binaries = new ToolBinaries({ ...options, clock })
  const lines: string[] = []
  const fetch = (wanted = version, signal = new AbortController().signal) =>
    binaries.directory(opentofu, wanted, { signal, progress: (line) => void lines.push(line) })
  return { fetch, clock }
}

const unavailable = (message: unknown) => expect.objectContaining({ code: 'TOOL_UNAVAILABLE', message })

describe('ToolBinaries', () => {
  it('takes what is there, and asks nobody', async () => {
    const cache = await directory()
    const here = join(cache, 'opentofu', version)
    await mkdir(here, { recursive: true })
    await writeFile(join(here, 'tofu'), program)
    await chmod(join(here, 'tofu'), 0o755)
    expect(await world({ directory: cache, mirror: '/not/there' }).fetch()).toBe(here)
  })

  it('does not use one that is there and made for another machine, and says which', async () => {
    const cache = await directory()
    const file = join(cache, 'opentofu', version, 'tofu')
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, foreign, { mode: 0o755 })
    const { fetch } = world({ directory: cache, mirror: '/not/there' })
    const { architecture } = platformOfThisMachine()
    await expect(fetch()).rejects.toEqual(unavailable(`${file} is made for s390x, and this machine is ${architecture}`))
  })

  it('fetches an archive, checks its sum and unpacks the executable, readable by everybody', async () => {
    const cache = await directory()
    const { address, asked } = await mirror(release)
    const { fetch } = world({ directory: cache, mirror: `${address}/` })
    const here = await fetch()
    expect(await readFile(join(here, 'tofu'))).toEqual(program)
    expect(await readdir(here)).toEqual(['tofu'])
    expect((await stat(join(here, 'tofu'))).mode & 0o777).toBe(0o755)
    expect((await stat(here)).mode & 0o777).toBe(0o755)
    expect(await readdir(join(cache, 'opentofu'))).toEqual([version])
    await fetch()
    expect(asked).toEqual([sumsName, `${sumsName}.gpgsig`, archiveName])
  })

  it('takes a release from a directory', async () => {
    const { fetch } = world({ directory: await directory(), mirror: await directoryOf(release) })
    expect(await readFile(join(await fetch(), 'tofu'))).toEqual(program)
  })

  it('tries again what may go better another time', async () => {
    const { address, asked } = await mirror(release, [503, 429])
    const { fetch, clock } = world({ directory: await directory(), mirror: address })
    await fetch()
    expect(asked).toHaveLength(5)
    expect(clock.pauses).toBe(2)
  })

  it('names what was tried when there is nothing', async () => {
    const { address } = await mirror({})
    const cache = await directory()
    const { fetch, clock } = world({ directory: cache, mirror: address })
    await expect(fetch()).rejects.toEqual(
      unavailable(expect.stringContaining(`${address}/${sumsName}: HTTP status 404`)),
    )
    await expect(fetch()).rejects.toEqual(unavailable(expect.stringContaining(join(cache, 'opentofu', version))))
    expect(clock.pauses).toBe(0)
    const nobody = world({ directory: cache, mirror: 'http://127.0.0.1:9' })
    await expect(nobody.fetch()).rejects.toEqual(unavailable(expect.stringContaining('4 tries')))
    const missing = world({ directory: cache, mirror: '/not/there' })
    await expect(missing.fetch()).rejects.toEqual(unavailable(expect.stringContaining('/not/there')))
  })

  it.each([
    ['another sum', { ...release, [sumsName]: sumsOf(Buffer.from('other')) }, 'SHA-256 sum'],
    ['no sum', { ...release, [sumsName]: 'abc  x.zip\n' }, `${sumsName} has no sum of ${archiveName}; it has x.zip`],
    [
      'an executable of another machine',
      { [archiveName]: foreignArchive, [sumsName]: sumsOf(foreignArchive) },
      `the tofu in ${archiveName} is made for s390x, and this machine is `,
    ],
    [
      'no executable in it',
      { [archiveName]: zipArchive({ README: program }), [sumsName]: sumsOf(zipArchive({ README: program })) },
      'no file tofu',
    ],
  ] as const)('leaves nothing behind of an archive that has %s', async (_, files, why) => {
    const cache = await directory()
    const { fetch } = world({ directory: cache, mirror: await directoryOf(files) })
    await expect(fetch()).rejects.toEqual(unavailable(expect.stringContaining(why)))
    expect(await readdir(join(cache, 'opentofu'))).toEqual([])
  })

  it('shows a mirror its name and password, and nobody else', async () => {
    const { address, asked } = await mirror({})
    const { fetch } = world({ directory: await directory(), mirror: address.replace('//', '//ada:hunter2@') })
    const error: unknown = await fetch().catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      code: 'TOOL_UNAVAILABLE',
      message: expect.stringContaining('HTTP status 404') as string,
    })
    expect(inspect(error, { depth: 9 })).not.toContain('hunter2')
    expect(asked).toEqual([`${sumsName} ada:hunter2`])
  })

  it('lets many launchers fetch the same at once', async () => {
    const cache = await directory()
    const { address } = await mirror(release)
    const all = Array.from({ length: 8 }, () => world({ directory: cache, mirror: address }).fetch())
    for (const here of await Promise.all(all)) expect(await readFile(join(here, 'tofu'))).toEqual(program)
    expect(await readdir(join(cache, 'opentofu'))).toEqual([version])
  })

  it('clears away what a launcher that was killed long ago left', async () => {
    const cache = await directory()
    const left = join(cache, 'opentofu', `.${version}-abcdef`)
    const fresh = join(cache, 'opentofu', `.${version}-ghijkl`)
    for (const path of [left, fresh]) await mkdir(path, { recursive: true })
    await utimes(left, 0, 0)
    await world({ directory: cache, mirror: await directoryOf(release) }).fetch()
    expect((await readdir(join(cache, 'opentofu'))).sort()).toEqual([`.${version}-ghijkl`, version])
  })

  it('takes versions in full only, and no path for one', async () => {
    const { fetch } = world({ directory: await directory(), mirror: await directoryOf(release) })
    for (const wrong of ['1.12', '~> 1.12', 'v1.12.6', '', '../1.12.6', '1.12.6/..', '1.12.6-', '1.12.6\n']) {
      await expect(fetch(wrong), wrong).rejects.toEqual(unavailable(expect.stringContaining('such as 1.12.6')))
    }
  })

  it('has nothing to fetch for custom commands', async () => {
    const binaries = new ToolBinaries({ directory: '/x', mirror: null, clock: systemClock })
    const options = { signal: new AbortController().signal, progress: () => {} }
    await expect(binaries.directory(custom, '1.0.0', options)).rejects.toEqual(
      unavailable(expect.stringContaining('custom')),
    )
  })

  it('rejects with the reason of its signal', async () => {
    const { address } = await mirror(release)
    const { fetch } = world({ directory: await directory(), mirror: address })
    await expect(fetch(version, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough')
  })
})
