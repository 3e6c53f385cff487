import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { askHelper } from '../../../launcher/src/engine/credential-helper.ts'
import { ecrRegion } from '../../../launcher/src/engine/ecr.ts'
import { parseImageReference } from '../../../launcher/src/run/image-reference.ts'
import { startProxy } from '../../fakes/connect-proxy.ts'
import { registryAuth } from '../../../launcher/src/engine/registry-auth.ts'

const never = new AbortController().signal
const base64 = (text: string) => Buffer.from(text).toString('base64')
afterEach(() => vi.unstubAllEnvs())

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'docker-config-'))
  onTestFinished(() => rm(path, { recursive: true }))
  return path
}

/** Finds credentials by a `config.json`, and says them as the daemon reads them. */
async function find(config: unknown, image: string, path?: string) {
  const folder = path ?? (await directory())
  await writeFile(join(folder, 'config.json'), typeof config === 'string' ? config : JSON.stringify(config))
  const reference = parseImageReference(image)
  if (!reference) throw new Error(image)
  const { header, from } = await registryAuth(folder)(reference, never)
  expect(header ?? '').toMatch(/^([A-Za-z0-9_-]{4})*([A-Za-z0-9_-]{2}==|[A-Za-z0-9_-]{3}=)?$/)
  const said: unknown = header === null ? null : JSON.parse(Buffer.from(header, 'base64url').toString())
  return { said, from: from.replaceAll(folder, 'DIR') }
}

/** Puts `docker-credential-NAME` on the PATH. */
async function helper(name: string, script: string): Promise<string> {
  const path = await directory()
  await writeFile(join(path, `docker-credential-${name}`), `#!/bin/sh\n${script}\n`)
  await chmod(join(path, `docker-credential-${name}`), 0o755)
  vi.stubEnv('PATH', `${path}:${process.env['PATH']}`)
  return path
}

describe('credentials of config.json', () => {
  const auths = {
    'https://index.docker.io/v1/': { auth: base64('hub:a:b') },
    'https://registry.example/v2/': { auth: base64('outer:1') },
    'registry.example/team': { username: 'team', password: 'ünï~~?>' },
    'registry.example/team/app': { identitytoken: 'identity' },
    'registry.example:5000': { registrytoken: 'bearer' },
  }

  it.each([
    ['alpine', { username: 'hub', password: 'a:b', serveraddress: 'https://index.docker.io/v1/' }],
    ['registry-1.docker.io/me/app', { username: 'hub', password: 'a:b', serveraddress: 'https://index.docker.io/v1/' }],
    ['registry.example/x', { username: 'outer', password: '1', serveraddress: 'registry.example' }],
    ['registry.example/team2/app', { username: 'outer', password: '1', serveraddress: 'registry.example' }],
    ['registry.example/team/x/y', { username: 'team', password: 'ünï~~?>', serveraddress: 'registry.example' }],
    ['registry.example/team/app:1', { identitytoken: 'identity', serveraddress: 'registry.example' }],
    ['registry.example:5000/x', { registrytoken: 'bearer', serveraddress: 'registry.example:5000' }],
    ['other.example/x', null],
  ])('are for %s those with the longest key', async (image, said) => {
    expect((await find({ auths }, image)).said).toEqual(said)
  })

  it.each(['docker.io', 'index.docker.io', 'https://registry-1.docker.io/v2/', 'https://index.docker.io/v1/'])(
    'are for Docker Hub those of %s',
    async (key) => {
      const { said, from } = await find({ auths: { [key]: { auth: base64('hub:x') } } }, 'me/app')
      expect(said).toMatchObject({ username: 'hub' })
      expect(from).toBe('with the credentials of "docker.io" in DIR/config.json')
    },
  )

  it('are read again each time, and none if there is no file', async () => {
    const path = await directory()
    const there = registryAuth(path)
    const place = { registry: 'r.example', repository: 'x' }
    expect(await there(place, never)).toEqual({
      header: null,
      from: `without credentials: ${path}/config.json has none for r.example`,
    })
    await find({ auths: { 'r.example': { auth: base64('a:b') } } }, 'r.example/x', path)
    expect((await there(place, never)).header).not.toBeNull()
    expect((await registryAuth(null)(place, never)).from).toBe('without credentials')
  })

  it.each([
    ['{"auths": "hunter2"}', 'expected `auths` to be an object'],
    ['["hunter2"', 'expected a JSON object'],
    ['{"auths": {"r.example": "hunter2"}}', 'auths of "r.example": expected an object'],
    ['{"auths": {"r.example": {"auth": "aHVudGVyMg=="}}}', 'expected `auth` to be base64 of NAME:PASSWORD'],
    ['{"credsStore": "../evil"}', 'expected the name of a credential helper such as ecr-login, got "../evil"'],
    ['{"credHelpers": {"r.example": 7}}', 'expected the name of a credential helper'],
  ])('are refused in %s, without a word of them', async (text, words) => {
    const error: unknown = await find(text, 'r.example/x').catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'REGISTRY_LOGIN_FAILED', message: expect.stringContaining(words) as string })
    expect(String(error)).not.toMatch(/hunter2|aHVudGVyMg/)
  })
})

describe('credential helpers', () => {
  it('are asked for the registry that is theirs, before the store, before the file', async () => {
    const path = await helper('mine', 'read server; echo "{\\"Username\\":\\"$server\\",\\"Secret\\":\\"s\\"}"')
    vi.stubEnv(
      'PATH',
      `${await helper('store', 'read server; [ "$server" != none.example ] || { echo credentials not found in native keychain; exit 1; }; echo "{\\"Username\\":\\"<token>\\",\\"Secret\\":\\"$server\\"}"')}:${path}:${process.env['PATH']}`,
    )
    const config = {
      auths: { 'none.example': { auth: base64('file:x') }, 'hub.example': {} },
      credsStore: 'store',
      credHelpers: { 'https://mine.example': 'mine' },
    }
    expect(await find(config, 'mine.example/x')).toEqual({
      said: { username: 'mine.example', password: 's', serveraddress: 'mine.example' },
      from: 'with the credentials of docker-credential-mine',
    })
    expect((await find(config, 'app')).said).toMatchObject({ identitytoken: 'https://index.docker.io/v1/' })
    expect((await find(config, 'none.example/x')).said).toMatchObject({ username: 'file' })
  })

  it.each([
    [
      'echo hunter2; echo hunter2 >&2; exit 3',
      'ended with exit code 3; try `echo r.example | docker-credential-bad get`',
    ],
    ['echo hunter2', 'did not answer with Username and Secret in JSON'],
    ['kill -9 $$', 'was ended by SIGKILL'],
    ['sleep 100 & sleep 100', 'did not answer within 0.5 s'],
    ['yes hunter2', 'ended'],
  ])('that do %j are named, without a word of what they said', async (script, words) => {
    await helper('bad', script)
    const error: unknown = await askHelper('bad', {
      server: 'r.example',
      signal: never,
      timeoutMs: script.startsWith('sleep') ? 500 : 20_000,
    }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'REGISTRY_LOGIN_FAILED', message: expect.stringContaining(words) as string })
    expect(String(error)).not.toContain('hunter2')
  })

  it('that are not there are said, and one that is not waited for any more is ended', async () => {
    await expect(askHelper('not-there', { server: 'x', signal: never })).rejects.toThrow('is it on the PATH?')
    await helper('slow', 'sleep 100')
    const reason = new Error('stopped')
    await expect(askHelper('slow', { server: 'x', signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const ending = new AbortController()
    const asked = askHelper('slow', { server: 'x', signal: ending.signal })
    setImmediate(() => ending.abort(reason))
    await expect(asked).rejects.toBe(reason)
  })
})

describe('Amazon ECR', () => {
  it.each([
    ['123456789012.dkr.ecr.eu-west-1.amazonaws.com', 'eu-west-1'],
    ['123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com', 'us-gov-west-1'],
    ['123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
    ['123456789012.dkr-ecr.eu-west-1.on.aws', 'eu-west-1'],
    ['public.ecr.aws', null],
    ['123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.example', null],
    ['1.dkr.ecr.eu-west-1.amazonaws.com', null],
  ])('has in %s the region %s', (host, region) => expect(ecrRegion(host)).toBe(region))

  it('gives a token by the credentials around, unless the file has others', async () => {
    const { asked } = await fakeEcr({ authorizationData: [{ authorizationToken: base64('AWS:a:token') }] })
    const image = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/app'
    expect(await find({}, image)).toMatchObject({
      said: { username: 'AWS', password: 'a:token' },
      from: 'with a token of Amazon ECR in eu-west-1',
    })
    expect(asked).toEqual([
      expect.stringMatching(/GetAuthorizationToken .*Credential=AKIDEXAMPLE\/\d+\/eu-west-1\/ecr/),
    ])
    expect((await find({ auths: { [image]: { auth: base64('own:x') } } }, image)).said).toMatchObject({
      username: 'own',
    })
    expect(asked).toHaveLength(1)
  })

  it('is asked through the proxy that is set', async () => {
    const { asked } = await fakeEcr({})
    await using proxy = await startProxy()
    const outbound = { proxy: { HTTP_PROXY: proxy.url }, authorities: [] }
    const place = { registry: '123456789012.dkr.ecr.eu-west-1.amazonaws.com', repository: 'app' }
    await expect(registryAuth(null, outbound)(place, never)).rejects.toMatchObject({ code: 'REGISTRY_LOGIN_FAILED' })
    expect(asked).toEqual([])
    expect(proxy.asked).toEqual([expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/$/)])
  })

  it('says why it gives none, without the secret key', async () => {
    await fakeEcr({ __type: 'AccessDeniedException', message: 'not for you' }, 400)
    const image = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/app'
    const error: unknown = await find({}, image).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'REGISTRY_LOGIN_FAILED' })
    expect(String(error)).toContain('Amazon ECR in eu-west-1 gave no token: AccessDeniedException: not for you')
    expect(String(error)).not.toContain('hunter2')
  })
})

/** Answers every call like this, and remembers whose it was; surrounds this process with credentials for it. */
async function fakeEcr(answer: object, status = 200): Promise<{ asked: string[] }> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push([request.headers['x-amz-target'], request.headers.authorization].join(' '))
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  vi.stubEnv('AWS_ENDPOINT_URL_ECR', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'hunter2')
  return { asked }
}
