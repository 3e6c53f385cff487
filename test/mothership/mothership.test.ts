import { readFile, stat, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { paths } from '../../protocol/calls.ts'
import { CannotStart } from '../../mothership/src/base/cannot-start.ts'
import { Refusal } from '../../mothership/src/base/errors.ts'
import { until } from '../fakes/until.ts'
import { FakeLauncher, succeeded } from './support/fake-launcher.ts'
import {
  applyStack,
  createPool,
  historyOf,
  joinPool,
  startMothership,
  temporaryDirectory,
  trigger,
} from './support/mothership-world.ts'

const yaml =
  'name: Demo\nsource: none\ntool: opentofu\nenvironment:\n  - {name: TOKEN, value: s3cr3t-value, secret: true}\n'

describe('a run', () => {
  it('is planned by one worker, confirmed, and applied by the other, all over the wire', async () => {
    await using directory = await temporaryDirectory()
    await using world = await startMothership(directory.path)
    const pool = await createPool(world.person, 'main')
    await using first = await joinPool(pool)
    await using second = await joinPool(pool)
    const stack = await applyStack(world.person, yaml)
    const run = await trigger(world.person, stack)

    const plan = await first.awaitJob()
    expect(plan).toMatchObject({
      run,
      worker: first.me.worker,
      type: 'TRACKED',
      phases: ['INITIALIZING', 'PLANNING'],
      pause: true,
    })
    expect(plan.environment).toContainEqual(
      expect.objectContaining({ name: 'TOKEN', value: 's3cr3t-value', secret: true }),
    )
    await first.start(plan.id)
    await first.write(plan.id, 'preparing\n')
    await first.phase(plan.id, 'INITIALIZING')
    await first.write(plan.id, 'initializing\n')
    await first.phase(plan.id, 'PLANNING')
    await first.write(plan.id, 'planning: ünïcode\n')
    const workspace = await first.leaveWorkspace(plan.id, Buffer.from('sealed for the pool'))
    await first.finish(plan.id, { ...succeeded, changes: true, workspace })
    expect((await historyOf(world.person, stack, run)).state).toBe('UNCONFIRMED')

    await world.person.ask('mutation($stack: ID!, $run: ID!) { runConfirm(stack: $stack, run: $run) { id } }', {
      stack,
      run,
    })
    const apply = await second.awaitJob()
    expect(apply).toMatchObject({ run, worker: second.me.worker, phases: ['APPLYING'], continues: workspace })
    const { bytes } = await second.call('GET', paths.workspace(apply.id))
    expect(bytes.toString()).toBe('sealed for the pool')
    await second.start(apply.id)
    await second.phase(apply.id, 'APPLYING')
    await second.finish(apply.id)
    const { states } = await historyOf(world.person, stack, run)
    const before = ['PREPARING', 'INITIALIZING', 'PLANNING', 'UNCONFIRMED', 'CONFIRMED']
    expect(states.slice(-8)).toEqual([...before, 'PREPARING_APPLY', 'APPLYING', 'FINISHED'])
    const query =
      'query($stack: ID!, $run: ID!) { stack(id: $stack) { run(id: $run) { logs(state: PLANNING) { finished messages { message } } } } }'
    const log = await world.person.ask<{ stack: { run: { logs: { messages: { message: string }[] } } } }>(query, {
      stack,
      run,
    })
    expect(log.stack.run.logs.messages.map(({ message }) => message).join('')).toBe('planning: ünïcode\n')
  })

  it('reaches the state of its stack with the token of its job, while it goes on', async () => {
    await using directory = await temporaryDirectory()
    await using world = await startMothership(directory.path)
    await using launcher = await joinPool(await createPool(world.person, 'main'))
    const stack = await applyStack(world.person, yaml)
    await trigger(world.person, stack)
    const { id, state } = await launcher.awaitJob()
    expect(state?.address).toBe(`https://localhost:${world.mothership.ports.people}/state/${stack}`)
    const { Agent, request } = await import('undici')
    const dispatcher = new Agent({ connect: { ca: state?.authority ?? '' } })
    const get = async () => {
      const authorization = `Basic ${Buffer.from(`${state?.username}:${state?.password}`).toString('base64')}`
      const answer = await request(state?.address ?? '', { dispatcher, headers: { authorization } })
      await answer.body.dump()
      return answer.statusCode
    }
    expect(await get()).toBe(404)
    await launcher.start(id)
    await launcher.finish(id)
    expect(await get()).toBe(403)
    await dispatcher.destroy()
  })

  it('fails when its worker was silent past its lease after it had begun', async () => {
    await using directory = await temporaryDirectory()
    await using world = await startMothership(directory.path, { heartbeatSeconds: 0.1, leaseSeconds: 0.4 })
    await using launcher = await joinPool(await createPool(world.person, 'main'))
    const stack = await applyStack(world.person, yaml)
    const run = await trigger(world.person, stack)
    const job = await launcher.awaitJob()
    await launcher.start(job.id)
    const { note } = await until('the run fails', async () => {
      const history = await historyOf(world.person, stack, run)
      return history.state === 'FAILED' && history
    })
    expect(note).toContain(launcher.me.worker)
    expect((await launcher.call('GET', paths.job(job.id))).status).toBe(410)
  })
})

describe('a pool', () => {
  it('that is deleted has no workers any more, at either door', async () => {
    await using directory = await temporaryDirectory()
    await using world = await startMothership(directory.path)
    const pool = await createPool(world.person, 'main')
    await using launcher = await joinPool(pool)
    await world.person.ask('mutation($id: ID!) { workerPoolDelete(id: $id) { id } }', { id: pool.id })
    expect((await launcher.call('GET', paths.orders(launcher.me.worker))).status).toBe(403)
    launcher.vanish()
    await expect(launcher.listen()).rejects.toThrow()
  })

  it('lets in no worker of another', async () => {
    await using directory = await temporaryDirectory()
    await using world = await startMothership(directory.path)
    const [mine, theirs] = [await createPool(world.person, 'mine'), await createPool(world.person, 'theirs')]
    await using victim = await joinPool(theirs)
    await using thief = new FakeLauncher(mine.config, mine.key)
    const stolen = { 'spacelift-worker': victim.me.worker, authorization: `Bearer ${victim.me.session}` }
    expect((await thief.call('GET', paths.orders(victim.me.worker), { headers: stolen })).status).toBe(401)
  })
})

describe('a mothership', () => {
  it('keeps everything over a restart, and its workers go on', async () => {
    await using directory = await temporaryDirectory()
    const before = await startMothership(directory.path)
    const pool = await createPool(before.person, 'main')
    const { people: peoplePort, broker: brokerPort, launchers: launchersPort } = before.mothership.ports
    await using launcher = await joinPool(pool)
    const stack = await applyStack(before.person, yaml)
    const run = await trigger(before.person, stack)
    const job = await launcher.awaitJob()
    await launcher.start(job.id)
    await launcher.write(job.id, 'before\n')
    const { profile } = before.person
    await before[Symbol.asyncDispose]()

    await using after = await startMothership(directory.path, { peoplePort, brokerPort, launchersPort })
    expect(after.person.profile).toEqual(profile)
    await launcher.listen()
    expect(await launcher.heartbeat(job.id)).toMatchObject({ job: { id: job.id }, leave: null })
    await launcher.write(job.id, 'after\n')
    await launcher.phase(job.id, 'INITIALIZING')
    await launcher.phase(job.id, 'PLANNING')
    await launcher.finish(job.id, { ...succeeded, changes: false })
    expect((await historyOf(after.person, stack, run)).state).toBe('FINISHED')
  })

  it('writes a profile that only its user can read, and makes a new key when it is lost', async () => {
    await using directory = await temporaryDirectory()
    const path = join(directory.path, 'profile.json')
    const before = await startMothership(directory.path)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    await before[Symbol.asyncDispose]()
    await writeFile(path, 'not JSON')
    await using after = await startMothership(directory.path)
    expect(after.person.profile.keyId).not.toBe(before.person.profile.keyId)
  })

  it('says that it is well, and what it is', async () => {
    await using directory = await temporaryDirectory()
    await using world = await startMothership(directory.path)
    expect(await world.person.get('/healthz')).toEqual({ status: 200, text: 'ok\n' })
    expect((await world.person.get('/')).text).toContain('/graphql')
    expect((await world.person.get('/nothing')).status).toBe(404)
  })

  it('is alone in its directory', async () => {
    await using directory = await temporaryDirectory()
    await using world = await startMothership(directory.path)
    await expect(startMothership(directory.path)).rejects.toThrow(CannotStart)
    expect((await world.person.get('/healthz')).status).toBe(200)
  })

  it('names a port that is taken and how to choose another, and leaves nothing behind', async () => {
    await using directory = await temporaryDirectory()
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    for (const [name, flag] of [
      ['peoplePort', '--people-port'],
      ['brokerPort', '--broker-port'],
      ['launchersPort', '--launchers-port'],
    ] as const) {
      const failure = await startMothership(directory.path, { [name]: port }).catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(CannotStart)
      expect((failure as Error).message).toContain(String(port))
      expect((failure as Error).message).toContain(flag)
    }
    taken.close()
    await using world = await startMothership(directory.path)
    expect((await world.person.get('/healthz')).status).toBe(200)
  })

  it('does not start without its master key', async () => {
    await using directory = await temporaryDirectory()
    const before = await startMothership(directory.path)
    await before[Symbol.asyncDispose]()
    const key = join(directory.path, 'master.key')
    await writeFile(key, (await readFile(key)).subarray(1))
    await expect(startMothership(directory.path)).rejects.toThrow(Refusal)
  })

  it('listens on every address that it is given', async () => {
    await using directory = await temporaryDirectory()
    await using world = await startMothership(directory.path, { addresses: ['127.0.0.1', '127.0.0.2'] })
    const { Agent, request } = await import('undici')
    const { authority } = world.person.profile
    const dispatcher = new Agent({ connect: { ca: authority } })
    for (const address of ['127.0.0.1', '127.0.0.2']) {
      const answer = await request(`https://${address}:${world.mothership.ports.people}/healthz`, { dispatcher })
      expect(answer.statusCode).toBe(200)
      await answer.body.dump()
    }
    await dispatcher.destroy()
  })
})
