import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import { writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fastify } from 'fastify'
import { describe, expect, it } from 'vitest'
import { graphqlRoutes } from '../../../mothership/src/graphql/routes.ts'
import { issueCertificate, selfSignedAuthority } from '../../../mothership/src/pools/certificate.ts'
import { Stage } from './world.ts'

/** An authority, and a server's key and certificate that it signed, all PEM. */
function madeIdentity(hosts: readonly string[]) {
  const now = Date.now()
  const [above, below] = [0, 1].map(() =>
    generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  )
  const authorityKey = createPrivateKey(above ?? '')
  const authority = selfSignedAuthority(authorityKey, {
    publicKey: createPublicKey(authorityKey),
    name: 'authority',
    now,
    days: 1,
  })
  const publicKey = createPublicKey(below ?? '')
  const wish = { publicKey, name: 'server', now, days: 1, use: 'server', hosts } as const
  return { authority, key: below ?? '', cert: issueCertificate({ certificate: authority, key: authorityKey }, wish) }
}

/** The stage's services behind TLS. */
async function tlsServer(stage: Stage, hosts = ['127.0.0.1']) {
  const { authority, key, cert } = madeIdentity(hosts)
  const app = fastify({ https: { key, cert } })
  await app.register(graphqlRoutes, stage.world.parts())
  await app.listen({ host: '127.0.0.1', port: 0 })
  const endpoint = `https://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  const profile = (authorityPem: string | undefined) => {
    const file = join(stage.directory, 'profile.json')
    writeFileSync(file, JSON.stringify({ endpoint, keyId: '01JKEY', keySecret: 's3cret', authority: authorityPem }))
    return file
  }
  return { authority, endpoint, profile, [Symbol.asyncDispose]: () => app.close() }
}

describe('the connection', () => {
  it('that is refused is one sentence and exit code 5', async () => {
    await using stage = await Stage.start()
    await stage.down()
    expect(await stage.run(['pool', 'list', '--json'])).toEqual({
      code: 5,
      out: '',
      err: `Cannot reach the mothership at ${stage.endpoint}: the connection was refused. Is the mothership running, and is this the port for people (1983 by default)?\n`,
    })
  })

  it('uses the authority of the profile', async () => {
    await using stage = await Stage.start()
    await using server = await tlsServer(stage)
    const { code, out } = await stage.run(['pool', 'list', '--profile', server.profile(server.authority), '--json'], {
      env: {},
    })
    expect(code).toBe(0)
    expect(JSON.parse(out)).toHaveLength(1)
  })

  it('uploads and downloads with the authority of the profile, too', async () => {
    await using stage = await Stage.start()
    await using server = await tlsServer(stage)
    const env = { SPACELIFT_MOTHERSHIP_PROFILE: server.profile(server.authority) }
    writeFileSync(join(stage.directory, 'stack.yaml'), 'name: x\n')
    expect(await stage.run(['stack', 'apply'], { env })).toMatchObject({ code: 0 })
    expect(await stage.run(['stack', 'state', 'push', 'network', '-'], { env, stdin: '{}' })).toMatchObject({ code: 0 })
    expect(await stage.run(['stack', 'state', 'pull', 'network'], { env })).toMatchObject({ code: 0, out: '{}' })
  })

  it("takes spacectl's variables, with an authority of their own", async () => {
    await using stage = await Stage.start()
    await using server = await tlsServer(stage)
    writeFileSync(join(stage.directory, 'ca.pem'), server.authority)
    const env = {
      ...stage.credentials(),
      SPACELIFT_API_KEY_ENDPOINT: `${server.endpoint}/graphql`,
      SPACELIFT_API_TLS_CA: 'ca.pem',
    }
    expect(await stage.run(['pool', 'list'], { env })).toMatchObject({ code: 0 })
  })

  it.each([
    ['no authority', () => undefined, /not signed by an authority that is trusted here/],
    ['the authority of another mothership', () => madeIdentity([]).authority, /not signed by/],
  ])('is not trusted with %s', async (_, authority, message) => {
    await using stage = await Stage.start()
    await using server = await tlsServer(stage)
    const { code, err } = await stage.run(['pool', 'list', '--profile', server.profile(authority())], { env: {} })
    expect(code).toBe(5)
    expect(err).toMatch(message)
    expect(err.trim().split('\n')).toHaveLength(1)
  })

  it('is not trusted under another name', async () => {
    await using stage = await Stage.start()
    await using server = await tlsServer(stage, ['elsewhere.example'])
    const { code, err } = await stage.run(['pool', 'list', '--profile', server.profile(server.authority)], { env: {} })
    expect(code).toBe(5)
    expect(err).toMatch(/not for this host name/)
  })

  it('to something that does not speak TLS, or GraphQL, says so', async () => {
    await using stage = await Stage.start()
    const plain = { ...stage.credentials(), SPACELIFT_API_KEY_ENDPOINT: stage.endpoint.replace('http:', 'https:') }
    expect(await stage.run(['pool', 'list'], { env: plain })).toMatchObject({
      code: 5,
      err: expect.stringContaining('does not speak TLS'),
    })
    const other = createServer((_request, response) => void response.writeHead(404).end('<html>'))
    await new Promise<void>((resolve) => void other.listen(0, '127.0.0.1', resolve))
    const endpoint = `http://127.0.0.1:${(other.address() as AddressInfo).port}`
    const env = { ...stage.credentials(), SPACELIFT_API_KEY_ENDPOINT: endpoint }
    expect(await stage.run(['pool', 'list'], { env })).toMatchObject({
      code: 1,
      err: expect.stringContaining('HTTP 404: <html>'),
    })
    other.close()
  })

  it('with a wrong key is exit code 5, and the key is not shown', async () => {
    await using stage = await Stage.start()
    const env = { ...stage.credentials(), SPACELIFT_API_KEY_SECRET: 'mine-but-old' }
    const { code, err } = await stage.run(['pool', 'list'], { env })
    expect(code).toBe(5)
    expect(err).toMatch(/unauthorized/)
    expect(err).not.toContain('mine-but-old')
  })

  it('renews a token that is over, in the middle of following', async () => {
    await using stage = await Stage.start()
    const parts = stage.world.parts()
    let verified = 0
    stage.world.parts = () => ({
      ...parts,
      tokens: { ...parts.tokens, verify: (jwt) => ((verified += 1) === 2 ? null : parts.tokens.verify(jwt)) },
    })
    await stage.down()
    await stage.up()
    stage.world.add({ id: 'r1', state: 'FINISHED' }, [{ state: 'FINISHED', terminal: true }])
    expect(await stage.run(['run', 'logs', '-f', 'r1'])).toMatchObject({ code: 0, err: '' })
    expect(verified).toBeGreaterThan(2)
  })
})

describe('the profile', () => {
  it('that is nowhere named is a usage error that says how to name one', async () => {
    await using stage = await Stage.start()
    const { code, err } = await stage.run(['pool', 'list'], { env: {} })
    expect(code).toBe(2)
    expect(err).toMatch(/^No mothership is named\.\nName a profile with --profile FILE or SPACELIFT_MOTHERSHIP_PROFILE/)
  })

  it('that is half named says what is missing', async () => {
    await using stage = await Stage.start()
    const { code, err } = await stage.run(['pool', 'list'], { env: { SPACELIFT_API_KEY_ID: 'x' } })
    expect(code).toBe(2)
    expect(err).toContain('not set: SPACELIFT_API_KEY_ENDPOINT, SPACELIFT_API_KEY_SECRET')
  })

  it.each([
    ['is not there', undefined, /Cannot read the profile .*ENOENT/],
    ['is not JSON', 'rubbish', /is not a profile/],
    ['lacks a key', '{"endpoint":"https://x","keyId":"y"}', /expected JSON with endpoint, keyId and keySecret/],
  ])('that %s is a usage error', async (_, content, message) => {
    await using stage = await Stage.start()
    if (content !== undefined) writeFileSync(join(stage.directory, 'p.json'), content)
    const { code, err } = await stage.run(['pool', 'list', '--profile', 'p.json'], { env: {} })
    expect(code).toBe(2)
    expect(err).toMatch(message)
  })
})
