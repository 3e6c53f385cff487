import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { channelBy, registerAt } from '../../contract/channel-world.ts'
import { FakeControlPlane, makeCertificates } from '../../fakes/control-plane.ts'
import { refusal, type Fault } from '../../fakes/faults.ts'
import { until } from '../../fakes/until.ts'

const certificates = makeCertificates()
const rings = /GET .*\/rings/

describe('PollChannel', () => {
  let plane: FakeControlPlane
  let world: ReturnType<typeof channelBy>

  beforeEach(async () => {
    plane = await FakeControlPlane.start({ certificates })
    world = channelBy({ way: 'polling', plane, registered: await registerAt(plane) })
  })
  afterEach(async () => {
    await world.end()
    await plane.close()
  })

  const faults: [string, Fault, RegExp][] = [
    ['a bad gateway', { kind: 'answer', status: 502, body: '<html>' }, /502/],
    ['that it is not known', refusal(401, 'unknown-worker'), /401 unknown-worker/],
    ['that its certificate is refused', refusal(403, 'certificate-refused'), /403/],
    ['by a mothership that knows no such call', refusal(404, 'not-found'), /404/],
    ['that another took its place', refusal(409, 'replaced'), /409 replaced/],
    ['that there are too many', refusal(429, 'too-many-requests'), /429/],
    ['with a fault', refusal(500, 'internal'), /500/],
    ['that it is stopping', refusal(503, 'unavailable'), /503/],
    ['with what is not JSON', { kind: 'answer', status: 200, body: 'captive portal' }, /not JSON|JSON/],
    ['with another document', { kind: 'answer', status: 200, body: '{"rang":7}' }, /answer|rings/],
    ['by half', { kind: 'half' }, /no answer/],
    ['by a closed connection', { kind: 'cut' }, /no answer/],
  ]

  it.each(faults)('goes offline when it is answered %s, and comes back', async (_, fault, why) => {
    plane.faults.plan(rings, fault)
    world.channel.open()
    await until('online', () => world.said.includes('online'))
    expect(world.said).toEqual([expect.stringMatching(why), 'online'])
    expect(world.said[0]).toMatch(/^offline: /)
  })

  it('honours Retry-After, with jitter on top, and asks for no hours', async () => {
    plane.faults.plan(rings, refusal(503, 'unavailable', { headers: { 'retry-after': '7' } }))
    plane.faults.plan(rings, refusal(429, 'too-many-requests', { headers: { 'retry-after': '99999' } }))
    world.channel.open()
    await until('online', () => world.said.includes('online'))
    expect(world.pauses[0]).toBeGreaterThanOrEqual(7000)
    expect(world.pauses[0]).toBeLessThanOrEqual(7500)
    expect(world.pauses[1]).toBeLessThanOrEqual(601_000)
  })

  it('is no load for whoever answers at once that nothing happened, without end', async () => {
    const body = '{"cursor":"always","rang":false}'
    plane.faults.plan(rings, { kind: 'answer', status: 200, body }, 20)
    world.channel.open()
    await until('three failures', () => world.count(/offline: the control plane does not hold/) >= 3)
    expect(world.pauses.slice(0, 3).map((ms) => Math.round(ms / 500) * 500)).toEqual([500, 1000, 2000])
  })

  it('asks five times a second at most, however fast it is rung for', async () => {
    const body = '{"cursor":"another","rang":true}'
    plane.faults.plan(rings, { kind: 'answer', status: 200, body }, 1000)
    const begun = performance.now()
    world.channel.open()
    await until('some rings', () => world.count(/^ring/) >= 4)
    expect(plane.calls(rings).length).toBeLessThanOrEqual((performance.now() - begun) / 200 + 2)
  })
})
