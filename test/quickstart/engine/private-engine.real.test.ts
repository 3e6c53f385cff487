import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, inject, it } from 'vitest'
import { runCommand } from '../../../ci/tools/command.ts'
import { daemonFiles } from '../../../quickstart/engine/daemon-files.ts'
import { engineVersion } from '../../../quickstart/engine/engine-version.ts'
import { startPrivateEngine } from '../../../quickstart/engine/private-engine.ts'
import { probeEngine } from '../../../quickstart/engine/probe.ts'
import { machinePath } from '../../../quickstart/machine/find-program.ts'
import { allProcesses } from '../../../quickstart/processes/identity.ts'
import { makeRunnerImage } from '../../../quickstart/runner-image/runner-image.ts'

const { signal } = new AbortController()
const env = { PATH: machinePath }
const log = () => undefined

async function world() {
  const directory = await mkdtemp(join(tmpdir(), 'eng-'))
  const { bridge } = daemonFiles(directory)
  return {
    directory,
    start: () => startPrivateEngine({ directory, signal, log }),
    /** Everything of an engine that could be left on the machine. */
    async traces() {
      const rules = (await runCommand('iptables-save', [], { env, signal })).split('\n')
      const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n')
      return [
        ...allProcesses().filter(({ line, program }) => line.includes(`${directory}/`) && program !== 'node'),
        ...Object.keys(networkInterfaces()).filter((name) => name === bridge),
        ...rules.filter((rule) => rule.includes(bridge)),
        ...mounts.filter((mount) => mount.includes(directory)),
      ]
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  }
}

it('runs beside another engine, and leaves nothing when it is stopped', async () => {
  await using it = await world()
  const engine = await it.start()
  expect((await engineVersion(engine.socket, signal)).api).toMatch(/^1\.\d+$/)
  expect((await engineVersion(inject('engine').socket, signal)).api).toMatch(/^1\.\d+$/)
  expect(await it.traces()).not.toEqual([])
  await engine.stop()
  expect(await it.traces()).toEqual([])
})

it('is in use by one process at a time', async () => {
  await using it = await world()
  const engine = await it.start()
  await expect(it.start()).rejects.toMatchObject({ code: 'already-running' })
  await engine.stop()
})

it('clears what a killed process left, and keeps the images', async () => {
  await using it = await world()
  const program = new URL('private-engine.program.ts', import.meta.url).pathname
  const child = spawn('node', [program, it.directory], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  expect(line).toBe('ready')
  child.kill('SIGKILL')
  await once(child, 'exit')
  const engine = await it.start()
  try {
    const image = await makeRunnerImage({ socket: engine.socket, cache: '/nowhere', env: {}, say: log, signal })
    await probeEngine({ socket: engine.socket, image, directory: it.directory, signal })
  } finally {
    await engine.stop()
  }
  expect(await it.traces()).toEqual([])
})

it('lets containers see directories of this machine and reach its ports', async () => {
  await using it = await world()
  const { socket, image } = inject('engine')
  const gateway = await probeEngine({ socket, image, directory: it.directory, signal })
  const own = Object.values(networkInterfaces()).flatMap((all) => all ?? [])
  expect(own.map(({ address }) => address)).toContain(gateway)
})

it('refuses a directory whose path is too long for the sockets below it', async () => {
  const directory = join(tmpdir(), 'x'.repeat(80))
  await expect(startPrivateEngine({ directory, signal, log })).rejects.toMatchObject({ code: 'engine-failed' })
  await rm(directory, { recursive: true, force: true })
})
