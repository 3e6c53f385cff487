import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ulid } from 'ulid'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Enrolment } from '../../../launcher/src/control/registration.ts'
import { Session } from '../../../launcher/src/control/session.ts'
import { WorkerFile } from '../../../launcher/src/control/worker-file.ts'
import { FakeControlPlane } from '../../fakes/control-plane.ts'
import { refusal } from '../../fakes/faults.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'
import { until } from '../../fakes/until.ts'
import { apiOf } from './https-world.ts'

let plane: FakeControlPlane
let world: ReturnType<typeof apiOf>
let directory: string

beforeAll(async () => {
  plane = await FakeControlPlane.start()
})
afterAll(() => plane.close())
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'registration-'))
  plane.heard.length = 0
  plane.faults.clear()
  world = apiOf(plane)
})
afterEach(async () => {
  world.https.close()
  await rm(directory, { recursive: true })
})

/** A launcher process: a new one has another instance, and the same directory. */
const launcherProcess = () => {
  const clock = new ManualClock()
  const session = new Session()
  const pauses: number[] = []
  const enrolment = new Enrolment({
    api: world.api,
    session,
    file: new WorkerFile(directory),
    clock,
    about: {
      launcher: { version: '1.2.3' },
      instance: ulid(),
      metadata: { zone: 'b' },
      pool: plane.certificates.poolId,
    },
    retrying: ({ delayMs }) => pauses.push(delayMs),
  })
  return { clock, session, pauses, enrolment, signal: new AbortController().signal }
}

describe('Enrolment', () => {
  it('introduces the launcher, and remembers the answer in memory and on disk', async () => {
    const { enrolment, session, signal } = launcherProcess()
    const registered = await enrolment.register(signal)
    expect(session.current).toEqual(registered)
    expect(plane.heard[0]?.body).toEqual({
      protocol: { major: 1, minor: 0 },
      launcher: { version: '1.2.3' },
      instance: expect.any(String) as string,
      metadata: { zone: 'b' },
    })
    const { worker, session: secret } = registered
    expect(JSON.parse(await readFile(join(directory, 'worker.json'), 'utf8'))).toMatchObject({
      worker,
      session: secret,
    })
  })

  it('goes on as the worker that it was before it was killed', async () => {
    const first = await launcherProcess().enrolment.register(new AbortController().signal)
    const second = await launcherProcess().enrolment.register(new AbortController().signal)
    expect(second.worker).toBe(first.worker)
    expect(second.session).not.toBe(first.session)
    const third = await launcherProcess().enrolment.register(new AbortController().signal)
    expect(third.worker).toBe(first.worker)
  })

  it('becomes a new worker when the old one is forgotten', async () => {
    const first = await launcherProcess().enrolment.register(new AbortController().signal)
    plane.forget(first.worker)
    const second = await launcherProcess().enrolment.register(new AbortController().signal)
    expect(second.worker).not.toBe(first.worker)
  })

  it('goes on until the control plane answers', async () => {
    const { enrolment, clock, pauses, signal } = launcherProcess()
    plane.faults.plan(/workers$/, refusal(503, 'unavailable'), 3)
    const registering = enrolment.register(signal)
    for (const times of [1, 2, 3]) {
      await until(`failure ${times}`, () => pauses.length === times && clock.sleeping.length === 1)
      await clock.advance(60_000)
    }
    await registering
    expect(plane.calls(/workers$/)).toHaveLength(4)
  })

  it('leaves a control plane alone for minutes that refused its certificate', async () => {
    const { enrolment, clock, pauses, signal } = launcherProcess()
    plane.faults.plan(/workers$/, refusal(403, 'certificate-refused'))
    const registering = enrolment.register(signal)
    await until('the refusal', () => pauses.length === 1 && clock.sleeping.length === 1)
    await clock.advance(119_000)
    expect(plane.calls(/workers$/)).toHaveLength(1)
    await clock.advance(62_000)
    await registering
  })

  it('gives up when the control plane speaks another protocol, and says both numbers', async () => {
    const { enrolment, signal } = launcherProcess()
    plane.otherProtocol = true
    await expect(enrolment.register(signal)).rejects.toMatchObject({
      code: 'CONFIGURATION',
      message:
        'this launcher speaks protocol 1.0: register: the control plane answered 426 wrong-protocol: refused: wrong-protocol',
    })
    plane.otherProtocol = false
  })
})
