import { createServer, type RequestListener } from 'node:http'
import { createServer as createSecure } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { direct, type Outbound } from '../../../launcher/src/base/outbound.ts'
import { httpGet } from '../../../launcher/src/tools/http-get.ts'
import { ThrowawayAuthority } from '../../fakes/certificates.ts'
import { startProxy } from '../../fakes/connect-proxy.ts'

const authority = new ThrowawayAuthority()
const { privateKey: key, certificate: cert } = authority.issue({
  name: 'localhost',
  hosts: ['localhost', 'tools.example'],
})
const trusting: Outbound = { proxy: {}, authorities: [authority.certificate] }
const answer: RequestListener = (request, response) => {
  const url = request.url ?? ''
  if (url.startsWith('/to/')) response.writeHead(302, { location: decodeURIComponent(url.slice(4)) }).end('moved')
  else response.end(`this is ${url}`)
}

async function serve(kind: 'http' | 'https'): Promise<number> {
  const server = kind === 'http' ? createServer(answer) : createSecure({ key, cert }, answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

async function get(url: string, outbound: Outbound): Promise<string> {
  const got = await httpGet(url, { outbound, signal: new AbortController().signal })
  return await text(got)
}

const to = (url: string) => `/to/${encodeURIComponent(url)}`

describe('httpGet', () => {
  it('trusts an authority of its own beside the usual ones, and nobody else', async () => {
    const url = `https://localhost:${await serve('https')}/x`
    expect(await get(url, trusting)).toBe('this is /x')
    await expect(get(url, direct)).rejects.toMatchObject({
      code: expect.stringMatching(/CERT|ISSUER|VERIFY/) as string,
    })
  })

  it('goes where it is sent on, but not from HTTPS to elsewhere, nor for ever', async () => {
    const [plain, secure] = [await serve('http'), await serve('https')]
    const there = `https://localhost:${secure}`
    expect(await get(`http://localhost:${plain}${to(`${there}${to('/end')}`)}`, trusting)).toBe('this is /end')
    await expect(get(`${there}${to(`http://localhost:${plain}/end`)}`, trusting)).rejects.toThrow('sent on to http:')
    await expect(get(`http://localhost:${plain}${to('http://[')}`, direct)).rejects.toThrow('sent on to no address')
    await expect(get(`${there}/to/.`, trusting)).rejects.toThrow('sent on more than 20 times')
  })

  it('goes through proxies, with an account, for HTTPS and for HTTP', async () => {
    const port = await serve('https')
    await using proxy = await startProxy({ account: 'ada:se:cret', to: { host: '127.0.0.1', port } })
    const outbound = { ...trusting, proxy: { HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url, NO_PROXY: 'localhost' } }
    expect(await get('https://tools.example/x', outbound)).toBe('this is /x')
    expect(await get('http://tools.example/y', outbound)).toBe('by the proxy')
    expect(await get(`https://localhost:${port}/z`, outbound)).toBe('this is /z')
    expect(proxy.asked).toEqual(['tools.example:443', 'http://tools.example/y'])
  })

  it('rejects with the reason of its signal', async () => {
    await using proxy = await startProxy({ silent: true })
    const ending = new AbortController()
    const outbound = { ...direct, proxy: { HTTPS_PROXY: proxy.url } }
    const got = httpGet('https://tools.example/x', { outbound, signal: ending.signal })
    setTimeout(() => ending.abort(new Error('over')), 50)
    await expect(got).rejects.toThrow('over')
  })
})
