import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { check, type CheckReport } from '../../launcher/src/check.ts'
import { checkText } from '../../launcher/src/check-text.ts'
import { startProxy } from '../fakes/connect-proxy.ts'
import { ThrowawayAuthority } from '../fakes/certificates.ts'
import { FakeControlPlane, makeCertificates } from '../fakes/control-plane.ts'
import { refusal } from '../fakes/faults.ts'
import { idleEngine } from '../fakes/idle-engine.ts'

const bin = new URL('../../launcher/bin.js', import.meta.url).pathname
const certificates = makeCertificates()
let directory: string
let plane: FakeControlPlane
let engine: Server

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'check-'))
  plane = await FakeControlPlane.start({ certificates })
  engine = idleEngine().listen(join(directory, 'docker.sock'))
  await once(engine, 'listening')
})
afterEach(async () => {
  engine.closeAllConnections()
  engine.close()
  await plane.close()
  await rm(directory, { recursive: true })
})

const envWith = (more: Record<string, string> = {}): Record<string, string> => ({
  ...plane.env,
  DOCKER_HOST: `unix://${join(directory, 'docker.sock')}`,
  SPACELIFT_LAUNCHER_DIRECTORY: join(directory, 'to/be/made'),
  ...more,
})

const checked = (more: Record<string, string> = {}, how: { offline?: boolean; image?: boolean } = {}) =>
  check({ env: envWith(more), version: '1.2.3', offline: how.offline ?? false, image: how.image ?? false })

const endOf = (report: CheckReport, name: string) => report.farEnds.find((farEnd) => farEnd.name === name)

const run = (words: string[], env: Record<string, string>) =>
  new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    const child = execFile(process.execPath, [bin, 'check', ...words], { env }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    )
  })

describe('check', () => {
  it('finds everything that a launcher needs, and changes nothing', async () => {
    const report = await checked()
    expect(report.farEnds.map(({ name, ok, detail }) => [name, ok, detail])).toEqual([
      ['directory', true, expect.stringMatching(/^can be made, \d+ % used, [\d.]+ GiB left$/)],
      ['engine', true, 'Docker 28.0.0, API 1.48, overlay2, cgroup 2'],
      ['api', true, "takes the pool's certificate"],
      ['broker', true, "answers to the pool's certificate"],
    ])
    expect(report).toMatchObject({ ok: true, problems: [], identity: { pool: certificates.poolId } })
    expect(plane.workers.size).toBe(0)
    expect(plane.broker.published).toEqual([])
  })

  it('says which far end is not there, and why', async () => {
    const { env } = plane
    await plane.close()
    const report = await check({
      env: { ...envWith(), ...env, DOCKER_HOST: 'unix:///nowhere/docker.sock' },
      version: '1.2.3',
      offline: false,
      image: false,
    })
    expect(report.ok).toBe(false)
    expect(endOf(report, 'engine')?.detail).toContain('/nowhere/docker.sock')
    expect(endOf(report, 'api')?.detail).toBe('ask for orders: no answer from the control plane (ECONNREFUSED)')
    expect(endOf(report, 'broker')?.detail).toBe('no connection to the broker (ECONNREFUSED)')
    expect(checkText(report)).toContain('Not as a launcher needs it: engine, api, broker.\n')
  })

  it('asks no broker where jobs are asked for by HTTPS, but whether the control plane knows that', async () => {
    const env = { SPACELIFT_WORKER_COMMS_PROTOCOL: 'poll' }
    const polling = await checked(env)
    expect(polling.ok).toBe(true)
    expect(endOf(polling, 'broker')).toBeUndefined()
    plane.faults.plan(/rings/, refusal(404, 'not-found'))
    const older = await checked(env)
    expect(older.ok).toBe(false)
    expect(endOf(older, 'api')).toMatchObject({ ok: false, detail: expect.stringContaining('404') as string })
  })

  it('goes to the broker by the proxy', async () => {
    await using proxy = await startProxy({ account: 'ada:right' })
    expect((await checked({ HTTPS_PROXY: proxy.url })).ok).toBe(true)
    expect(proxy.asked).toContain(`127.0.0.1:${plane.broker.port}`)
    const refused = await checked({ HTTPS_PROXY: proxy.url.replace('right', 'hunter2') })
    const { detail } = endOf(refused, 'broker') ?? {}
    expect(detail).toBe('no connection to the broker (the proxy makes no tunnel: 407 Proxy Authentication Required)')
    expect(JSON.stringify(refused)).not.toContain('hunter2')
  })

  it('tells a certificate that is not the pool’s any more, and servers of another authority', async () => {
    plane.faults.plan(/orders$/, refusal(403, 'certificate-refused'))
    expect(endOf(await checked(), 'api')).toMatchObject({
      ok: false,
      detail: expect.stringContaining('403 certificate-refused') as string,
    })
    const token = JSON.parse(Buffer.from(plane.env.SPACELIFT_TOKEN, 'base64').toString()) as object
    const other = { ...token, authority: new ThrowawayAuthority().certificate }
    const report = await checked({ SPACELIFT_TOKEN: Buffer.from(JSON.stringify(other)).toString('base64') })
    expect(endOf(report, 'api')?.ok).toBe(false)
    expect(endOf(report, 'broker')?.ok).toBe(false)
  })

  it('asks the registry for the default image, if it is asked to', async () => {
    const there = await checked({ SPACELIFT_DEFAULT_RUNNER_IMAGE: 'registry.example/there:1' }, { image: true })
    expect(endOf(there, 'image')).toMatchObject({ ok: true, detail: 'the registry has it: sha256:0123' })
    const denied = await checked({ SPACELIFT_DEFAULT_RUNNER_IMAGE: 'registry.example/denied:1' }, { image: true })
    expect(endOf(denied, 'image')).toMatchObject({
      ok: false,
      detail: expect.stringContaining('requested access to the resource is denied') as string,
    })
  })

  it('can do without the API server of a pod', async () => {
    const report = await checked({
      SPACELIFT_LAUNCHER_POD_NAME: 'worker-0',
      SPACELIFT_LAUNCHER_POD_NAMESPACE: 'ours',
      KUBERNETES_SERVICE_HOST: '127.0.0.1',
    })
    expect(endOf(report, 'pod')).toMatchObject({ ok: false, address: 'ours/worker-0', needed: false })
    expect(report.ok).toBe(true)
    expect(checkText(report)).toMatch(/\n {2}missing {2}pod .*no token of a service account is mounted/)
  })

  it('says that its directory cannot be written', async () => {
    const socket = join(directory, 'docker.sock')
    const report = await checked({ SPACELIFT_LAUNCHER_DIRECTORY: join(socket, 'below') })
    expect(endOf(report, 'directory')).toMatchObject({
      ok: false,
      detail: expect.stringContaining('ENOTDIR') as string,
    })
  })

  it('says that there is no room', async () => {
    const report = await checked({ SPACELIFT_LAUNCHER_DISK_USAGE_THRESHOLD: '1' })
    expect(endOf(report, 'directory')).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/^the disk of .* full, and 1 % is as much as it may be$/) as string,
    })
  })

  it('asks whether the machine goes, and can do without an answer', async () => {
    const going = join(directory, 'going')
    const stays = await checked({ SPACELIFT_LAUNCHER_SPOT_NOTICE: going })
    expect(endOf(stays, 'notice')).toMatchObject({ ok: true, address: going, detail: 'the machine stays' })
    await writeFile(going, '')
    const goes = await checked({ SPACELIFT_LAUNCHER_SPOT_NOTICE: going })
    expect(endOf(goes, 'notice')?.detail).toBe(`the machine goes: ${going} is there`)
    const unknown = await checked({ SPACELIFT_LAUNCHER_SPOT_NOTICE: 'http://127.0.0.1:9/going' })
    expect(endOf(unknown, 'notice')).toMatchObject({ ok: false, needed: false, address: 'http://127.0.0.1:9/going' })
    expect(unknown.ok).toBe(true)
  })

  it('asks nobody offline', async () => {
    const report = await checked({}, { offline: true })
    expect(report).toMatchObject({ ok: true, farEnds: [] })
    expect(plane.heard).toEqual([])
  })
})

describe('spacelift-launcher check', () => {
  it('prints what counts and where it comes from, and no secret, and exits with 0', async () => {
    const { SPACELIFT_TOKEN: token, ...rest } = envWith()
    await writeFile(join(directory, 'token'), `${token}\n`)
    const env = { ...rest, SPACELIFT_TOKEN_FILE: join(directory, 'token'), SPACELIFT_WORKER_PIDDS: '3' }
    const { code, stdout, stderr } = await run([], env)
    expect(stderr).toBe('')
    expect(code).toBe(0)
    const lines = stdout.split('\n')
    const line = (name: string) => lines.find((each) => each.trim().startsWith(`${name} `))?.replace(/ +/g, ' ')
    expect(line('SPACELIFT_TOKEN')).toMatch(/ SPACELIFT_TOKEN \d+ characters, SHA-256 [0-9a-f]{8}… file \/.*\/token$/)
    expect(line('SPACELIFT_WORKER_PIDS')).toBe(' SPACELIFT_WORKER_PIDS 4096 default')
    expect(line('ok')).toMatch(/^ ok directory .* can be made, \d+ % used, [\d.]+ GiB left \(\d+ ms\)$/)
    expect(stdout).toContain('did you mean SPACELIFT_WORKER_PIDS?')
    expect(stdout).toMatch(/\nA launcher can work with this\.\n$/)
    expect(stdout).not.toContain(token)
    expect(stdout).not.toContain(plane.env.SPACELIFT_POOL_PRIVATE_KEY)
  })

  it('exits with 78 and names every problem', async () => {
    const { code, stdout } = await run(['--offline'], {
      ...envWith({ SPACELIFT_WORKER_PIDS: 'many' }),
      SPACELIFT_TOKEN: '',
    })
    expect(code).toBe(78)
    expect(stdout).toContain('  SPACELIFT_TOKEN is not set, and neither is SPACELIFT_TOKEN_FILE. Token of')
    expect(stdout).toContain('  SPACELIFT_WORKER_PIDS: expected a whole number from 16 to 4194304, got "many"')
    expect(stdout).toMatch(/A launcher cannot start with this: see the problems above\.\n$/)
  })

  it('writes one JSON document', async () => {
    const { code, stdout } = await run(['--json', '--offline'], envWith())
    expect(code).toBe(0)
    const report = JSON.parse(stdout) as CheckReport
    expect(report).toMatchObject({ ok: true, identity: { pool: certificates.poolId }, farEnds: [], problems: [] })
    expect(report.settings[0]).toMatchObject({ group: 'Pool' })
  })

  it('refuses what it does not know', async () => {
    expect(await run(['--jason'], {})).toEqual({
      code: 2,
      stdout: '',
      stderr: 'spacelift-launcher: unknown argument "--jason"; see --help\n',
    })
  })
})
