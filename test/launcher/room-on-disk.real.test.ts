import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, inject, it, onTestFinished } from 'vitest'
import { systemClock } from '../../launcher/src/base/clock.ts'
import { makeLogger } from '../../launcher/src/base/log.ts'
import { load } from '../../launcher/src/config/load.ts'
import { configuredEngine } from '../../launcher/src/configured-engine.ts'
import { roomOnDisk } from '../../launcher/src/room-on-disk.ts'
import { started } from '../contract/engine.contract.ts'
import { startRegistry } from '../contract/registry.ts'
import '../support/provided.ts'

const { socket, image } = inject('engine')
const never = new AbortController().signal
const quiet = { signal: never, progress: () => {} }

it('removes what runs brought and nobody uses, of launcher and engine, and nothing else', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'room-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const { config } = load({
    SPACELIFT_TOKEN: 'x',
    SPACELIFT_POOL_PRIVATE_KEY: 'x',
    SPACELIFT_LAUNCHER_DIRECTORY: directory,
    // Every disk has too little room then.
    SPACELIFT_LAUNCHER_DISK_USAGE_THRESHOLD: '1',
    DOCKER_HOST: `unix://${socket}`,
  })
  if (!config) throw new Error('the configuration of the test is wrong')
  const { engine, images } = configuredEngine(config, systemClock)
  const removed: [string, number][] = []
  const disk = roomOnDisk({
    config,
    images,
    clock: systemClock,
    log: makeLogger({ level: 'fatal' }),
    removed: (what, count) => removed.push([what, count]),
  })

  await using registry = await startRegistry()
  const brought = `${registry.host}/good:1`
  await engine.pull(brought, quiet)
  const { id } = await started({ engine, image: brought, absent: '' }, 'true')
  for (const [version, hours] of [
    ['1.8.0', 48],
    ['1.9.0', 0],
  ] as const) {
    const path = join(directory, 'binaries/opentofu', version)
    await mkdir(path, { recursive: true })
    await writeFile(join(path, 'tofu'), '')
    await utimes(path, Date.now() / 1000, Date.now() / 1000 - hours * 3600)
  }

  expect(await disk.makeRoom(never)).toMatch(/ full, and 1 % is as much as it may be$/)
  expect(removed).toEqual([
    ['leftovers', 0],
    ['images', 0],
    ['tools', 1],
  ])
  expect(await readdir(join(directory, 'binaries/opentofu'))).toEqual(['1.9.0'])
  expect(await engine.present(brought, never)).toBe(true)

  await engine.remove(id)
  await disk.makeRoom(never)
  expect(removed).toContainEqual(['images', 1])
  expect(await engine.present(brought, never)).toBe(false)
  expect(await engine.present(image, never)).toBe(true)
  expect(disk.usages.map(({ path }) => path)).toEqual([directory, expect.stringContaining('test-engine')])
})
