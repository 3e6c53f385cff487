import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { opentofuRelease } from '../../../launcher/src/tools/opentofu.ts'
import { platformOfThisMachine } from '../../../launcher/src/tools/platform.ts'
import { until } from '../../fakes/until.ts'
import { zipArchive } from './zip-archive.ts'

const version = '1.12.6'
const program = randomBytes(4 * 1024 * 1024)
const archive = zipArchive({ tofu: program })
const archiveName = opentofuRelease.archive(version, platformOfThisMachine())
const sums = `${createHash('sha256').update(archive).digest('hex')}  ${archiveName}\n`

/** A mirror that stops in the middle of an archive until it is told to go on; by itself it goes on. */
async function slowMirror() {
  const world = { held: [] as ServerResponse[], holding: true, address: '' }
  const server = createServer((request, response) => {
    if (request.url?.endsWith('SHA256SUMS')) return response.end(sums)
    if (!request.url?.endsWith(archiveName)) return response.writeHead(404).end()
    if (!world.holding) return response.end(archive)
    response.write(archive.subarray(0, archive.length / 2))
    return world.held.push(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  world.address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return world
}

function fetching(directory: string, mirror: string) {
  const script = fileURLToPath(new URL('fetch-tool.ts', import.meta.url))
  const child = spawn(process.execPath, [script, directory, mirror, version], { stdio: ['ignore', 'pipe', 'inherit'] })
  return { child, said: text(child.stdout), over: once(child, 'exit') }
}

it('shows launchers that share a directory a whole executable or none, whoever of them is killed', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'shared-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const mirror = await slowMirror()
  const place = join(directory, 'opentofu', version)
  const [first, second] = [fetching(directory, mirror.address), fetching(directory, mirror.address)]
  await until('both are in the middle', () => mirror.held.length === 2)
  expect(existsSync(place)).toBe(false)
  first.child.kill('SIGKILL')
  await first.over
  expect(existsSync(place)).toBe(false)
  for (const response of mirror.held) response.end(archive.subarray(archive.length / 2))
  await second.over
  expect((await second.said).trim()).toBe(place)
  expect((await readFile(join(place, 'tofu'))).equals(program)).toBe(true)
  const later = fetching(directory, 'http://127.0.0.1:9')
  expect((await later.said).trim()).toBe(place)
  // What the killed one left is cleared away once nobody can be at work on it.
  const rest = (await readdir(join(directory, 'opentofu'))).filter((name) => name !== version)
  expect(rest).toEqual([expect.stringMatching(/^\.1\.12\.6-/)])
})

it('lets many processes fetch the same at once', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'shared-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const mirror = await slowMirror()
  mirror.holding = false
  const all = Array.from({ length: 4 }, () => fetching(directory, mirror.address))
  const places = new Set((await Promise.all(all.map(({ said }) => said))).map((said) => said.trim()))
  expect([...places]).toEqual([join(directory, 'opentofu', version)])
  expect((await readFile(join(directory, 'opentofu', version, 'tofu'))).equals(program)).toBe(true)
  expect(await readdir(join(directory, 'opentofu'))).toEqual([version])
})
