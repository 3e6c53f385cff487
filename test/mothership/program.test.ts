import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, stat } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { paths } from '../../protocol/calls.ts'
import { until } from '../fakes/until.ts'
import { succeeded } from './support/fake-launcher.ts'
import { applyStack, createPool, historyOf, joinPool, temporaryDirectory, trigger } from './support/mothership-world.ts'
import { openPerson } from './support/people.ts'

const bin = new URL('../../mothership/bin.js', import.meta.url).pathname

/** A process of the program, and what it has written so far. */
function run(...words: readonly string[]) {
  const child = spawn(process.execPath, [bin, ...words], { stdio: ['ignore', 'pipe', 'pipe'] })
  const written = { out: '', err: '' }
  child.stdout.on('data', (bytes) => (written.out += bytes))
  child.stderr.on('data', (bytes) => (written.err += bytes))
  const exit = once(child, 'close').then(([code, signal]) => ({ code, signal, ...written }))
  return { child, written, exit }
}

interface Ready {
  readonly peoplePort: number
  readonly brokerPort: number
  readonly launchersPort: number
}

/** `serve` on loopback, up and ready; any free ports unless some are given. */
async function serve(dataDirectory: string, ports: Partial<Ready> = {}) {
  const { peoplePort = 0, brokerPort = 0, launchersPort = 0 } = ports
  const doors = ['--people-port', peoplePort, '--broker-port', brokerPort, '--launchers-port', launchersPort].map(
    String,
  )
  const program = run('serve', '--data', dataDirectory, '--listen', '127.0.0.1', '--public-host', 'localhost', ...doors)
  const line = await until('the ready line', () => {
    if (program.child.exitCode !== null) throw new Error(program.written.err)
    return program.written.out.split('\n').find((text) => text.includes('"mothership ready"'))
  })
  const ready = JSON.parse(line) as Ready
  return { ...program, ready, [Symbol.asyncDispose]: () => ended(program.child) }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'close')
}

const yaml = 'name: Demo\nsource: none\ntool: opentofu\nautodeploy: true\n'

describe('serve', () => {
  it('says when it is ready, and ends with 0 on SIGTERM', async () => {
    await using directory = await temporaryDirectory()
    await using program = await serve(directory.path)
    expect((await stat(join(directory.path, 'profile.json'))).mode & 0o777).toBe(0o600)
    await using person = await openPerson(directory.path)
    expect(await person.get('/healthz')).toEqual({ status: 200, text: 'ok\n' })
    program.child.kill('SIGTERM')
    const { code, out, err } = await program.exit
    expect([code, err]).toEqual([0, ''])
    for (const line of out.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('msg')
  })

  it('loses nothing when it is killed in the middle of a run', async () => {
    await using directory = await temporaryDirectory()
    await using before = await serve(directory.path)
    await using person = await openPerson(directory.path)
    await using launcher = await joinPool(await createPool(person, 'main'))
    const stack = await applyStack(person, yaml)
    const runId = await trigger(person, stack)
    const job = await launcher.awaitJob()
    await launcher.start(job.id)
    await launcher.write(job.id, 'one\n')
    before.child.kill('SIGKILL')
    await before.exit

    await using after = await serve(directory.path, before.ready)
    await launcher.listen()
    expect(await launcher.heartbeat(job.id)).toMatchObject({ job: { id: job.id } })
    expect(await launcher.ask('GET', paths.log(job.id))).toEqual({ length: 4 })
    await launcher.write(job.id, 'two\n')
    for (const phase of job.phases) await launcher.phase(job.id, phase)
    await launcher.finish(job.id, { ...succeeded, changes: true })
    expect((await historyOf(person, stack, runId)).state).toBe('FINISHED')
    after.child.kill('SIGINT')
    expect((await after.exit).code).toBe(0)
  })

  it('ends with 1 and one sentence when a port is taken', async () => {
    await using directory = await temporaryDirectory()
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const ports = ['--people-port', '0', '--broker-port', '0', '--launchers-port', String(port)]
    const { code, err, out } = await run('serve', '--data', directory.path, '--listen', '127.0.0.1', ...ports).exit
    taken.close()
    expect([code, out]).toEqual([1, ''])
    expect(err).toMatch(new RegExp(`^spacelift-mothership cannot start: .*${port}.*--launchers-port.*\\n$`))
  })

  it('ends with 1 and one sentence when another one has the directory', async () => {
    await using directory = await temporaryDirectory()
    await using _program = await serve(directory.path)
    const { code, err } = await run('serve', '--data', directory.path, '--listen', '127.0.0.1').exit
    expect(code).toBe(1)
    expect(err).toMatch(/^spacelift-mothership cannot start: another mothership.*\n$/)
  })

  it('ends with 1 and one sentence when a file of its own cannot be read', async () => {
    await using directory = await temporaryDirectory()
    await mkdir(join(directory.path, 'master.key'))
    const { code, err } = await run('serve', '--data', directory.path, '--listen', '127.0.0.1').exit
    expect(code).toBe(1)
    expect(err).toMatch(/^spacelift-mothership cannot start: .*\n$/)
  })

  it('ends with 2 and every problem when its settings cannot work', async () => {
    const { code, err } = await run('serve', '--people-port', 'x', '--lease-seconds', '-1').exit
    expect(code).toBe(2)
    expect(err.trim().split('\n')).toHaveLength(3)
  })
})

describe('the program', () => {
  it('says its version and how it is used', async () => {
    const [version, help, serveHelp] = await Promise.all([
      run('--version').exit,
      run('--help').exit,
      run('serve', '--help').exit,
    ])
    expect([version.code, help.code, serveHelp.code]).toEqual([0, 0, 0])
    expect(version.out).toMatch(/^\d+\.\d+\.\d+\n$/)
    for (const word of ['serve', 'pool', 'worker', 'stack', 'run', 'task']) expect(help.out).toContain(word)
    expect(serveHelp.out).toContain('SPACELIFT_MOTHERSHIP_DATA')
  })

  it('ends with 2 on a command that is not there', async () => {
    expect((await run('fly').exit).code).toBe(2)
  })
})
