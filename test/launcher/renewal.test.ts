import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { encodeToken, type Token } from '../../protocol/token.ts'
import type { Clock } from '../../launcher/src/base/clock.ts'
import { systemClock } from '../../launcher/src/base/clock.ts'
import { lookEveryMs } from '../../launcher/src/identity/credentials-watch.ts'
import type { Identity } from '../fakes/certificates.ts'
import { FakeControlPlane, makeCertificates } from '../fakes/control-plane.ts'
import { refusal } from '../fakes/faults.ts'
import { sampleJob } from '../fakes/jobs.ts'
import { until } from '../fakes/until.ts'
import { launchWith } from './launcher-world.ts'

const certificates = makeCertificates()
const renewed = certificates.authority.issue({ name: certificates.poolId })
const otherPool = makeCertificates()

let directory: string
let plane: FakeControlPlane
let other: FakeControlPlane
const worlds: Awaited<ReturnType<typeof launchWith>>[] = []

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'renewal-'))
  plane = await FakeControlPlane.start({ certificates, heartbeatSeconds: 0.2 })
  other = await FakeControlPlane.start({ certificates: otherPool, heartbeatSeconds: 0.2 })
})
afterEach(async () => {
  for (const { launcher } of worlds) [1, 2].forEach(() => launcher.stop('end of the test'))
  await Promise.allSettled(worlds.splice(0).map(({ over }) => over))
  await Promise.all([plane.close(), other.close()])
  await rm(directory, { recursive: true })
})

/** Looks at the files at once, again and again; every other pause is as it is. */
const hasty: Clock = {
  ...systemClock,
  sleep: (ms, signal) => systemClock.sleep(ms === lookEveryMs ? 10 : ms, signal),
}

const place = async (token: Token, { privateKey }: Identity) => {
  await writeFile(join(directory, 'token'), encodeToken(token))
  await writeFile(join(directory, 'key'), privateKey)
}

const launch = async () => {
  await place(plane.token, certificates.pool)
  const env = {
    SPACELIFT_TOKEN_FILE: join(directory, 'token'),
    SPACELIFT_POOL_PRIVATE_KEY_FILE: join(directory, 'key'),
    SPACELIFT_LAUNCHER_DIRECTORY: join(directory, 'launcher'),
    SPACELIFT_LAUNCHER_HEALTH_PORT: '0',
  }
  const world = await launchWith({ env, more: { clock: hasty } })
  worlds.push(world)
  return world
}

const renew = () => place({ ...plane.token, certificate: renewed.certificate }, renewed)

describe('a launcher whose credentials change', () => {
  it('goes on as the same worker with another certificate of its pool, and nobody hears a goodbye', async () => {
    const { ready, logged, health } = await launch()
    const { worker } = await ready()
    await renew()
    await until('it works with them', () => logged('works with the new credentials')[0])
    expect([...plane.workers.keys()]).toEqual([worker])
    await until('a call with them', () => plane.calls(/heartbeat$/).at(-1)?.fingerprint === renewed.fingerprint)
    expect(plane.broker.connected).toEqual([worker, worker])
    expect(plane.broker.published).toEqual([])
    expect(plane.goodbyes).toEqual([])
    await until('ready', async () => (await health('/readyz')).status === 200)
    const { text } = await health('/metrics')
    expect(text).toContain('spacelift_launcher_credential_changes_total{result="taken"} 1')
  })

  it('ends the job in hand with the old ones, and takes the next with the new ones', async () => {
    const { ready, logged, conductors } = await launch()
    const { worker } = await ready()
    const held = await plane.give(sampleJob(worker))
    await until('in hand', () => conductors[0]?.conducted.length === 1)
    await renew()
    await until('it is seen', () => logged('the credentials changed')[0])
    const before = plane.calls(/heartbeat$/).length
    await until('two heartbeats', () => plane.calls(/heartbeat$/).length > before + 1)
    expect(plane.calls(/heartbeat$/).at(-1)).toMatchObject({
      body: { draining: true, job: held.document.id },
      fingerprint: certificates.pool.fingerprint,
    })
    expect(conductors[0]?.stops).toEqual([])
    conductors[0]?.end()
    await until('the report', () => held.reports.length === 1)
    await until('it works with them', () => logged('works with the new credentials')[0])
    await plane.give(sampleJob(worker))
    await until('in hand', () => conductors[1]?.conducted.length === 1)
    conductors[1]?.end()
  })

  it('leaves its pool and becomes a worker of another one', async () => {
    const { ready, logged } = await launch()
    await ready()
    await place(other.token, otherPool.pool)
    const { worker } = await until('it works there', () => logged('works with the new credentials')[0])
    expect(plane.goodbyes).toHaveLength(1)
    expect(plane.broker.published.map(({ message }) => message?.crashed)).toEqual([false])
    expect([...other.workers.keys()]).toEqual([worker])
    await until('a heartbeat there', () => other.calls(/heartbeat$/).length > 0)
  })

  it('stays with the old ones when the new ones do not fit, and says so once', async () => {
    const { ready, logged, health } = await launch()
    const { worker } = await ready()
    await place({ ...plane.token, certificate: renewed.certificate }, certificates.pool)
    await until('it says so', () => logged('the credentials changed to some that cannot be used: those in use stay')[0])
    const before = plane.calls(/heartbeat$/).length
    await until('two heartbeats', () => plane.calls(/heartbeat$/).length > before + 1)
    expect(logged('the credentials changed to some that cannot be used: those in use stay')).toHaveLength(1)
    expect([...plane.workers.keys()]).toEqual([worker])
    expect((await health('/readyz')).status).toBe(200)
  })

  it('is helped by new ones while the old ones are refused, before it was ever registered', async () => {
    plane.faults.plan(/workers$/, refusal(403, 'certificate-refused'), 1)
    const { ready, logged } = await launch()
    await until('it was refused', () => logged('cannot register yet')[0])
    await renew()
    const { worker } = await ready()
    expect(plane.known(worker)).toBeDefined()
  })

  it('leaves for good when it is told to stop while the new ones wait for the end of the job', async () => {
    const { ready, logged, conductor, launcher, over } = await launch()
    const { worker } = await ready()
    await plane.give(sampleJob(worker))
    await until('in hand', () => conductor.conducted.length === 1)
    await renew()
    await until('it is seen', () => logged('the credentials changed')[0])
    launcher.stop('SIGTERM')
    conductor.end()
    await over
    expect(plane.goodbyes).toHaveLength(1)
    expect(logged('works with the new credentials')).toEqual([])
    expect(await readdir(join(directory, 'launcher'))).not.toContain('worker.json')
  })
})
