import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { paths } from '../../protocol/calls.ts'
import { until } from '../fakes/until.ts'
import { succeeded } from './support/fake-launcher.ts'
import {
  applyStack,
  createPool,
  historyOf,
  joinPool,
  startMothership,
  temporaryDirectory,
  trigger,
} from './support/mothership-world.ts'
import { openPerson } from './support/people.ts'
import { run, serve } from './support/program.ts'

const yaml = 'name: Demo\nsource: none\ntool: opentofu\nautodeploy: true\n'

async function treeOf(path: string): Promise<string[]> {
  return (await readdir(path, { recursive: true })).toSorted()
}

describe('a backup', () => {
  it('is a data directory that a mothership starts on, with the run that was in progress', async () => {
    await using directory = await temporaryDirectory()
    const [data, copy] = [join(directory.path, 'data'), join(directory.path, 'copy')]
    const before = await serve(data)
    await using person = await openPerson(data)
    await using launcher = await joinPool(await createPool(person, 'main'))
    const stack = await applyStack(person, yaml)
    const runId = await trigger(person, stack)
    const job = await launcher.awaitJob()
    await launcher.start(job.id)
    await launcher.write(job.id, 'kept\n')
    const backup = await run('backup', '--data', data, '--to', copy, '--json').exit
    expect([backup.code, backup.err]).toEqual([0, ''])
    expect(JSON.parse(backup.out)).toMatchObject({ path: copy, masterKey: true })
    expect((await stat(copy)).mode & 0o077).toBe(0)

    // The worker goes on, and then everything since the backup is lost but for what it knows itself.
    await launcher.write(job.id, 'forgotten\n')
    before.child.kill('SIGKILL')
    await before.exit
    await rm(data, { recursive: true })
    await cp(copy, data, { recursive: true })
    await using after = await serve(data, before.ready)
    await using again = await openPerson(data)
    await launcher.listen()
    expect(await launcher.heartbeat(job.id)).toMatchObject({ job: { id: job.id } })
    expect(await launcher.ask('GET', paths.log(job.id))).toEqual({ length: 'kept\n'.length })
    await expect(launcher.write(job.id, 'later\n')).rejects.toThrow('log-incomplete')
    for (const phase of job.phases) await launcher.phase(job.id, phase)
    await launcher.ask('POST', paths.reports(job.id), {
      json: {
        kind: 'finished',
        sequence: job.phases.length + 1,
        at: Date.now(),
        outcome: { ...succeeded, changes: true },
        logLength: 'kept\n'.length,
        lostBytes: 'forgotten\n'.length,
      },
    })
    expect(await historyOf(again, stack, runId)).toMatchObject({
      state: 'FINISHED',
      note: expect.stringContaining('10 bytes of output could not be kept'),
    })
    after.child.kill('SIGTERM')
    expect((await after.exit).code).toBe(0)
  })

  it('is reconciled with workers that came later, and with runs that ended later', async () => {
    await using directory = await temporaryDirectory()
    const [data, copy] = [join(directory.path, 'data'), join(directory.path, 'copy')]
    let pool
    let runId
    let stack
    let late
    let launcher
    {
      await using world = await startMothership(data)
      pool = await createPool(world.person, 'main')
      launcher = await joinPool(pool)
      stack = await applyStack(world.person, yaml)
      runId = await trigger(world.person, stack)
      const job = await launcher.awaitJob()
      await launcher.start(job.id)
      expect((await run('backup', '--data', data, '--to', copy).exit).code).toBe(0)
      for (const phase of job.phases) await launcher.phase(job.id, phase)
      await launcher.finish(job.id, { ...succeeded, changes: true })
      expect((await historyOf(world.person, stack, runId)).state).toBe('FINISHED')
      late = await joinPool(pool)
    }
    // Nobody is heard here, so that the lease ends.
    await using world = await startMothership(copy, { heartbeatSeconds: 1, leaseSeconds: 2 })
    const { pools } = await world.person.ask<{ pools: { id: string; workers: { id: string }[] }[] }>(
      '{ pools: workerPools { id workers { id } } }',
    )
    const known = pools.flatMap(({ workers }) => workers.map(({ id }) => id))
    expect(known).toEqual([launcher.me.worker])
    expect(known).not.toContain(late.me.worker)
    await until('the run to end', async () => {
      return (await historyOf(world.person, stack, runId)).state === 'FAILED'
    })
    expect((await historyOf(world.person, stack, runId)).note).toMatch(/silent for \d+ s/)
    await launcher[Symbol.asyncDispose]()
    await late[Symbol.asyncDispose]()
  })

  it('leaves out the master key if it is to, and then nothing starts without it', async () => {
    await using directory = await temporaryDirectory()
    const [data, copy] = [join(directory.path, 'data'), join(directory.path, 'copy')]
    {
      await using _world = await startMothership(data)
    }
    const { code, out } = await run('backup', '--data', data, '--to', copy, '--without-key').exit
    expect([code, out]).toEqual([0, expect.stringContaining('without the master key')])
    expect(await treeOf(copy)).not.toContain('master.key')
    const refused = await run('serve', '--data', copy, '--listen', '127.0.0.1').exit
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('is missing')])
    await cp(join(data, 'master.key'), join(copy, 'master.key'))
    await using _again = await startMothership(copy)
  })

  it('is refused, with nothing changed, where it cannot be', async () => {
    await using directory = await temporaryDirectory()
    const data = join(directory.path, 'data')
    {
      await using _world = await startMothership(data)
    }
    const taken = join(directory.path, 'taken')
    await mkdir(taken)
    await writeFile(join(taken, 'file'), 'mine')
    const before = await treeOf(directory.path)
    const cases = [
      [directory.path, join(directory.path, 'copy'), /no .*mothership\.sqlite/],
      [data, taken, /not there yet/],
      [data, join(data, 'copy'), /outside the data directory/],
      [data, '/proc/copy', /\/proc\/copy/],
      [data, join(directory.path, 'not', 'there'), /ENOENT.*not.there/],
    ] as const
    for (const [from, to, words] of cases) {
      const { code, err } = await run('backup', '--data', from, '--to', to).exit
      expect([code, err]).toEqual([1, expect.stringMatching(words)])
    }
    expect(await treeOf(directory.path)).toEqual(before)
    expect(await readFile(join(taken, 'file'), 'utf8')).toBe('mine')
    expect((await run('backup', '--to', taken).exit).code).toBe(2)
  })
})
