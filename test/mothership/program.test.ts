import { once } from 'node:events'
import { mkdir, stat } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { paths } from '../../protocol/calls.ts'
import { succeeded } from './support/fake-launcher.ts'
import { applyStack, createPool, historyOf, joinPool, temporaryDirectory, trigger } from './support/mothership-world.ts'
import { openPerson } from './support/people.ts'
import { run, serve } from './support/program.ts'

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
