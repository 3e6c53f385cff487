import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeControlPlane, makeCertificates } from '../fakes/control-plane.ts'
import { idleEngine } from '../fakes/idle-engine.ts'
import { until } from '../fakes/until.ts'

const bin = new URL('../../launcher/bin.js', import.meta.url).pathname
const certificates = makeCertificates()
let plane: FakeControlPlane
let directory: string
let engine: Server
const children: ChildProcess[] = []

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'main-'))
  plane = await FakeControlPlane.start({ certificates, heartbeatSeconds: 1 })
  engine = idleEngine().listen(join(directory, 'docker.sock'))
  await once(engine, 'listening')
})
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  }
  engine.closeAllConnections()
  engine.close()
  await plane.close()
  await rm(directory, { recursive: true })
})

const launch = (env: Record<string, string> = {}) => {
  const child = spawn(process.execPath, [bin], {
    env: {
      ...plane.env,
      DOCKER_HOST: `unix://${join(directory, 'docker.sock')}`,
      SPACELIFT_LAUNCHER_DIRECTORY: join(directory, 'spacelift'),
      SPACELIFT_LAUNCHER_HEALTH_PORT: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', (data: Buffer) => (said.stdout += data.toString()))
  child.stderr.on('data', (data: Buffer) => (said.stderr += data.toString()))
  const lines = () =>
    said.stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  const ended = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)))
  const ready = () => until(`ready: ${said.stderr}`, () => lines().find(({ msg }) => msg === 'launcher ready'))
  return { child, said, lines, ended, ready }
}

describe('the launcher as a process', () => {
  it('is ready, and is gone with exit code 0 after a SIGTERM, with nothing on standard error', async () => {
    const { child, said, ready, ended, lines } = launch({ SPACELIFT_LAUNCHER_RUN_TIMOUT: '5m' })
    expect(await ready()).toMatchObject({
      worker: [...plane.workers.keys()][0],
      healthPort: expect.any(Number) as number,
    })
    expect(lines()[0]).toMatchObject({ level: 'warn', msg: expect.stringContaining('did you mean') as string })
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    expect(plane.goodbyes).toHaveLength(1)
    expect(plane.broker.published.map(({ message }) => message?.crashed)).toEqual([false])
    expect(said.stderr).toBe('')
    expect(said.stdout).not.toContain('session of')
  })

  it('is reported as crashed when it is killed, and comes back as the same worker', async () => {
    const first = launch()
    const { worker } = await first.ready()
    first.child.kill('SIGKILL')
    await first.ended
    await until('the last will', () => plane.broker.published.some(({ message }) => message?.crashed === true))
    const second = launch()
    expect((await second.ready())['worker']).toBe(worker)
  })

  it('ends at once, with 130, at the third signal', async () => {
    plane.faults.plan(/goodbye/, { kind: 'silence' }, 9)
    const { child, ready, ended } = launch()
    await ready()
    child.kill('SIGTERM')
    await until('the goodbye', () => plane.calls(/goodbye/).length > 0)
    child.kill('SIGINT')
    child.kill('SIGTERM')
    // Signals of one kind that come together may be delivered as one: sends more until it is gone.
    const again = setInterval(() => child.kill('SIGINT'), 20)
    expect(await ended).toBe(130)
    clearInterval(again)
  })

  it('does not work in the directory of another launcher', async () => {
    const first = launch()
    await first.ready()
    const second = launch()
    expect(await second.ended).toBe(78)
    expect(second.said.stderr).toBe(
      `SPACELIFT_LAUNCHER_DIRECTORY: another launcher works in ${join(directory, 'spacelift')}\n`,
    )
    expect(first.child.exitCode).toBeNull()
  })

  it('says that its health port is taken, and exits with 78', async () => {
    const first = launch()
    const { healthPort } = await first.ready()
    const second = launch({
      SPACELIFT_LAUNCHER_DIRECTORY: join(directory, 'second'),
      SPACELIFT_LAUNCHER_HEALTH_PORT: String(healthPort),
    })
    expect(await second.ended).toBe(78)
    expect(second.said.stderr).toBe(`SPACELIFT_LAUNCHER_HEALTH_PORT: cannot listen on port ${String(healthPort)}\n`)
  })

  it('exits with 78 from a control plane that speaks another protocol', async () => {
    plane.otherProtocol = true
    const { ended, said } = launch()
    expect(await ended).toBe(78)
    expect(said.stderr).toMatch(/^this launcher speaks protocol 1\.0: .*426 wrong-protocol.*\n$/)
  })
})
