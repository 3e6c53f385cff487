import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ulid } from 'ulid'
import { systemClock } from '../../../launcher/src/base/clock.ts'
import type { ProxySettings } from '../../../launcher/src/base/outbound.ts'
import { Https } from '../../../launcher/src/control/https.ts'
import { probeApi } from '../../../launcher/src/control/probe.ts'
import { startProxy } from '../../fakes/connect-proxy.ts'
import { FakeControlPlane } from '../../fakes/control-plane.ts'
import { patient } from './https-world.ts'

let plane: FakeControlPlane
beforeAll(async () => {
  plane = await FakeControlPlane.start()
})
afterAll(() => plane.close())

const signal = new AbortController().signal

function identity() {
  const { certificate, authority } = plane.token
  return { certificate, authority, privateKey: plane.certificates.pool.privateKey }
}

async function probe(proxy: ProxySettings): Promise<string> {
  const about = { endpoint: plane.endpoint, identity: identity(), stranger: ulid(), proxy, signal }
  return await probeApi(about).then(
    () => 'answered',
    (error: unknown) => (error instanceof Error ? error.message : 'something'),
  )
}

const target = () => new URL(plane.endpoint).host

describe('HTTPS to the control plane', () => {
  it('goes through a proxy, with its own certificate to the far end', async () => {
    await using proxy = await startProxy()
    expect(await probe({ HTTPS_PROXY: proxy.url })).toBe('answered')
    expect(proxy.asked).toEqual([target()])
  })

  it('shows a proxy the name and password of its address, whatever is in them', async () => {
    await using proxy = await startProxy({ account: 'ada:s e/c@r:et%ü' })
    expect(await probe({ HTTPS_PROXY: proxy.url })).toBe('answered')
    expect(proxy.asked).toEqual([target()])
  })

  it('says that a proxy refuses it, without the password', async () => {
    await using proxy = await startProxy({ account: 'ada:right' })
    const said = await probe({ HTTPS_PROXY: proxy.url.replace('right', 'hunter2') })
    expect(said).toContain('407 Proxy Authentication Required')
    expect(said).not.toContain('hunter2')
    expect(proxy.asked).toEqual([`407 ${target()}`])
  })

  it('goes directly to hosts of NO_PROXY', async () => {
    await using proxy = await startProxy()
    const { hostname } = new URL(plane.endpoint)
    expect(await probe({ HTTPS_PROXY: proxy.url, NO_PROXY: `other.example,${hostname}` })).toBe('answered')
    expect(proxy.asked).toEqual([])
  })

  it('waits for the tunnel of a proxy only so long', async () => {
    await using proxy = await startProxy({ silent: true })
    const timeouts = { ...patient, connectMs: 300 }
    const settings = { endpoint: plane.endpoint, identity: identity(), clock: systemClock, timeouts }
    const https = new Https({ ...settings, proxy: { HTTPS_PROXY: proxy.url } })
    const call = https.empty({ name: 'try', method: 'GET', path: '/', signal })
    await expect(call).rejects.toMatchObject({
      code: 'CONTROL_UNREACHABLE',
      message: expect.stringContaining('ETIMEDOUT') as string,
    })
    https.close()
  })

  it('says that a proxy is not there', async () => {
    expect(await probe({ HTTPS_PROXY: 'http://ada:hunter2@127.0.0.1:9' })).toMatch(
      /^((?!hunter2).)*ECONNREFUSED((?!hunter2).)*$/,
    )
  })
})
