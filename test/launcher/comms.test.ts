import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { load } from '../../launcher/src/config/load.ts'
import { encodeToken, type Token } from '../../protocol/token.ts'
import { ThrowawayAuthority } from '../fakes/certificates.ts'
import { FakeControlPlane } from '../fakes/control-plane.ts'
import { until } from '../fakes/until.ts'
import { launchWith } from './launcher-world.ts'

const stranger = new ThrowawayAuthority('another authority').certificate
const nowhere = 'https://127.0.0.1:9'

describe('the settings of how a launcher is reached', () => {
  let plane: FakeControlPlane
  let directory: string
  let over: () => Promise<unknown>

  beforeEach(async () => {
    plane = await FakeControlPlane.start()
    directory = await mkdtemp(join(tmpdir(), 'comms-'))
    over = async () => {}
  })
  afterEach(async () => {
    await over()
    await plane.close()
    await rm(directory, { recursive: true })
  })

  const launch = async (token: Token, env: Record<string, string>) => {
    const own = { SPACELIFT_LAUNCHER_DIRECTORY: directory, SPACELIFT_LAUNCHER_HEALTH_PORT: '0' }
    const world = await launchWith({ env: { ...plane.env, SPACELIFT_TOKEN: encodeToken(token), ...own, ...env } })
    over = () => {
      for (const _ of [1, 2]) world.launcher.stop('end of the test')
      return world.over
    }
    return world.ready()
  }

  it('poll at another address than that of the token, for every call, and need no broker', async () => {
    const token = { ...plane.token, api: { endpoint: nowhere }, broker: { endpoint: 'mqtts://127.0.0.1:9' } }
    const url = `${plane.endpoint}/`
    await launch(token, { SPACELIFT_WORKER_COMMS_PROTOCOL: 'poll', SPACELIFT_WORKER_COMMS_URL: url })
    expect(plane.calls(/^GET \/v1\/workers\/\w+\/rings\?/).length).toBeGreaterThan(0)
    expect(plane.calls(/^POST \/v1\/workers$/)).toHaveLength(1)
  })

  it('register again when polling finds out that the worker is forgotten, and hear rings as the new one', async () => {
    const { worker } = await launch(plane.token, { SPACELIFT_WORKER_COMMS_PROTOCOL: 'poll' })
    plane.forget(worker)
    plane.cutApi()
    const now = await until('a new worker', () => [...plane.workers.keys()][0])
    expect(now).not.toBe(worker)
    await until('its question is held', () => plane.rings.held === 1)
    const asked = plane.calls(/orders$/).length
    await plane.ring(now)
    await until('it fetches its orders', () => plane.calls(/orders$/).length > asked)
  })

  it.each([{ SPACELIFT_WORKER_COMMS_PROTOCOL: 'poll' }, {}])(
    'trust ADDITIONAL_ROOT_CAS beside the token (%j)',
    async (env) => {
      const certificate = Buffer.from(plane.certificates.authority.certificate).toString('base64')
      const authorities = Buffer.from(JSON.stringify({ caCertificates: [certificate] })).toString('base64')
      await launch({ ...plane.token, authority: stranger }, { ...env, ADDITIONAL_ROOT_CAS: authorities })
    },
  )

  const given = { SPACELIFT_TOKEN: 'x', SPACELIFT_POOL_PRIVATE_KEY: 'x' }

  it.each([
    ['SPACELIFT_WORKER_COMMS_PROTOCOL', 'http', 'expected one of mqtt, poll, got "http"'],
    ['SPACELIFT_WORKER_COMMS_URL', 'app.example', 'expected an https URL without a password and a query'],
    ['SPACELIFT_WORKER_COMMS_URL', 'http://app.example', 'expected an https URL without a password and a query'],
    ['SPACELIFT_WORKER_COMMS_URL', 'https://ada:s3cret@app.example', 'got "…@app.example"'],
    ['SPACELIFT_WORKER_COMMS_URL', 'https://app.example?x=1', 'expected an https URL without a password and a query'],
  ])('refuse rubbish by name: %s=%s', (name, value, expected) => {
    const { problems } = load({ ...given, [name]: value })
    expect(problems).toEqual([expect.stringMatching(new RegExp(`^${name}: `))])
    expect(problems[0]).toContain(expected)
    expect(problems[0]).not.toContain('s3cret')
  })

  it('take protocols in any case and addresses with slashes at the end', () => {
    const env = { SPACELIFT_WORKER_COMMS_PROTOCOL: 'POLL', SPACELIFT_WORKER_COMMS_URL: 'https://app.example/base//' }
    expect(load({ ...given, ...env }).config).toMatchObject({ transport: 'poll', commsUrl: 'https://app.example/base' })
  })

  it('say that an address without polling is passed over', () => {
    const { warnings } = load({ ...given, SPACELIFT_WORKER_COMMS_URL: 'https://app.example' })
    expect(warnings).toEqual([
      'SPACELIFT_WORKER_COMMS_URL is passed over, because SPACELIFT_WORKER_COMMS_PROTOCOL is not set to poll',
    ])
  })
})
