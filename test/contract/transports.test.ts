import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ulid } from 'ulid'
import { describe, expect, it } from 'vitest'
import { makeKeyRequest } from '../../mothership/src/pools/key-request.ts'
import { startProxy } from '../fakes/connect-proxy.ts'
import { until } from '../fakes/until.ts'
import { launchWith } from '../launcher/launcher-world.ts'
import {
  applyStack,
  createPool,
  startMothership,
  temporaryDirectory,
  trigger,
} from '../mothership/support/mothership-world.ts'

/*
 * A launcher and a mothership, each whole, by every transport, through a proxy that insists on a name and a password. Heartbeats are an hour apart:
 * what the launcher learns, it was rung for.
 */
const transports = [
  { way: 'MQTT over TLS', serve: {}, env: {} },
  { way: 'MQTT over WebSockets', serve: { brokerEndpoint: 'websocket' }, env: {} },
  { way: 'polling', serve: {}, env: { SPACELIFT_WORKER_COMMS_PROTOCOL: 'poll' } },
] as const

const yaml = 'name: Demo\nsource: none\ntool: custom\n'

describe.each(transports)('by $way', ({ way, serve, env }) => {
  async function openWorld() {
    const held = new AsyncDisposableStack()
    const { path } = held.use(await temporaryDirectory())
    const proxy = held.use(await startProxy({ account: 'ada:s3cret' }))
    const settings = { heartbeatSeconds: 3600, leaseSeconds: 7200, ...serve }
    let server = await startMothership(path, settings)
    held.defer(() => server[Symbol.asyncDispose]())
    const ports = { ...server.mothership.ports }
    const pool = await createPool(server.person, 'main')
    const stack = await applyStack(server.person, yaml)
    const directory = await mkdtemp(join(tmpdir(), 'launcher-'))
    held.defer(() => rm(directory, { recursive: true }))
    const launched = await launchWith({
      env: {
        SPACELIFT_TOKEN: pool.config,
        SPACELIFT_POOL_PRIVATE_KEY: Buffer.from(pool.key).toString('base64'),
        SPACELIFT_LAUNCHER_DIRECTORY: directory,
        SPACELIFT_LAUNCHER_HEALTH_PORT: '0',
        HTTPS_PROXY: proxy.url,
        ...env,
      },
    })
    held.defer(async () => {
      for (const _ of [1, 2]) launched.launcher.stop('end of the test')
      await launched.over.catch(() => {})
    })
    await launched.ready()
    const workers = async () => {
      const query = 'query($id: ID!) { pool: workerPool(id: $id) { workers { id busy drained } } }'
      const answer = await server.person.ask<{ pool: { workers: { id: string; busy: boolean; drained: boolean }[] } }>(
        query,
        { id: pool.id },
      )
      return answer.pool.workers
    }
    const restart = async () => {
      await server[Symbol.asyncDispose]()
      const { people: peoplePort, broker: brokerPort, launchers: launchersPort } = ports
      await until('offline', () => launched.lines.some((line) => line.msg === 'state' && line['to'] === 'offline'))
      server = await startMothership(path, { ...settings, peoplePort, brokerPort, launchersPort })
    }
    const ask = (query: string, variables: object) => server.person.ask(query, variables)
    const inHand = (jobs: number) => until(`job ${jobs} is in hand`, () => launched.conductor.conducted.length === jobs)
    return {
      ...launched,
      ask,
      run: () => trigger(server.person, stack),
      workers,
      restart,
      inHand,
      ports,
      proxy,
      pool: pool.id,
      stack,
      [Symbol.asyncDispose]: () => held.disposeAsync(),
    }
  }

  it('is ready through the proxy, shows its password nowhere, and uses no port but what it needs', async () => {
    await using world = await openWorld()
    const used = new Set(world.proxy.asked.map((target) => Number(target.split(':').at(-1))))
    const broker = way === 'MQTT over TLS' ? [world.ports.broker] : []
    expect(used).toEqual(new Set([world.ports.launchers, ...broker]))
    expect((await world.health('/readyz')).status).toBe(200)
    expect((await world.health('/metrics')).text).toContain('spacelift_launcher_state{state="ready"} 1')
    expect(JSON.stringify(world.lines)).not.toContain('s3cret')
  })

  it.each([
    ['stop', 'mutation($s: ID!, $r: ID!) { x: runStop(stack: $s, run: $r, note: "enough") { id } }', 'stopped'],
    ['kill', 'mutation($s: ID!, $r: ID!) { x: runKill(stack: $s, run: $r, note: "enough") { id } }', 'killed'],
  ])('is told at once of a job, and of a %s with who asked and why', async (_, mutation, cause) => {
    await using world = await openWorld()
    const run = await world.run()
    await world.inHand(1)
    // A run that was not started is ended without its worker.
    await world.conductor.control.start(world.conductor.conducted[0] ?? '', ulid(), AbortSignal.timeout(10_000))
    await world.ask(mutation, { s: world.stack, r: run })
    await until('the stop', () => world.conductor.stops.length === 1)
    const [stop] = world.conductor.stops
    expect(stop).toMatchObject({ cause, note: 'enough', by: expect.stringMatching(/./) as string })
  })

  it('gets nothing while it is drained, and is told at once when it is not any more', async () => {
    await using world = await openWorld()
    const [worker] = await world.workers()
    const set = (drain: boolean) =>
      world.ask(
        'mutation($p: ID!, $w: ID!, $d: Boolean!) { workerDrainSet(workerPool: $p, id: $w, drain: $d) { id } }',
        {
          p: world.pool,
          w: worker?.id,
          d: drain,
        },
      )
    await set(true)
    await world.run()
    expect(await world.workers()).toEqual([{ id: worker?.id, busy: false, drained: true }])
    expect(world.conductor.conducted).toEqual([])
    await set(false)
    await world.inHand(1)
  })

  it('ends its process when its pool is cycled', async () => {
    await using world = await openWorld()
    await world.ask('mutation($p: ID!) { workerPoolCycle(id: $p) }', { p: world.pool })
    await world.over
    expect(world.logged('state').at(-1)).toMatchObject({ to: 'stopped' })
    await until('it is gone', async () => (await world.workers()).length === 0)
  })

  it('is out when its pool is reset, says why, and is no load', async () => {
    await using world = await openWorld()
    const { certificateSigningRequest: csr } = await makeKeyRequest()
    const reset = 'mutation($p: ID!, $csr: String!) { workerPoolReset(id: $p, certificateSigningRequest: $csr) { id } }'
    await world.ask(reset, { p: world.pool, csr })
    const [said] = await until('it says why', () =>
      world.logged('no orders').length > 0 ? world.logged('no orders') : null,
    )
    expect(said).toMatchObject({ code: 'CONTROL_REFUSED' })
    expect(JSON.stringify(said)).toContain('certificate')
    expect(said?.['nextMs']).toBeGreaterThanOrEqual(120_000)
    await world.run()
    expect(world.conductor.conducted).toEqual([])
  })

  it('goes on after a restart of the mothership, and is told of the next job', async () => {
    await using world = await openWorld()
    await world.restart()
    await until('ready again', () =>
      world.lines.some(({ msg, from, to }) => msg === 'state' && from === 'offline' && to === 'ready'),
    )
    await world.run()
    await world.inHand(1)
  })

  it('says goodbye when it ends', async () => {
    await using world = await openWorld()
    world.launcher.stop('SIGTERM')
    await world.over
    expect(await world.workers()).toEqual([])
    expect(world.logged('goodbye was not heard')).toEqual([])
  })
})
