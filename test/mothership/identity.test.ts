import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createRemoteJWKSet, customFetch, type FetchImplementation, jwtVerify } from 'jose'
import { Agent, fetch } from 'undici'
import { expect, it } from 'vitest'
import { paths } from '../../protocol/calls.ts'
import {
  applyStack,
  createPool,
  joinPool,
  startMothership,
  temporaryDirectory,
  trigger,
} from './support/mothership-world.ts'

type World = Awaited<ReturnType<typeof startMothership>>

interface Presented {
  readonly jwt: string
  readonly audience: string
  /** What the servers' certificates are checked against: a cloud has one that it trusts anyway. */
  readonly authority: string
}

/** What a cloud does with a token: all it knows is the issuer that its owner trusts. */
async function verified(issuer: string, { jwt, audience, authority }: Presented) {
  const dispatcher = new Agent({ connect: { ca: authority } })
  const asked = ((url: string, options: object) => fetch(url, { ...options, dispatcher })) as FetchImplementation
  try {
    const answer = await fetch(`${issuer}/.well-known/openid-configuration`, { dispatcher })
    const discovered = (await answer.json()) as Record<string, unknown>
    expect(discovered).toMatchObject({ issuer, id_token_signing_alg_values_supported: ['RS256'] })
    const keys = createRemoteJWKSet(new URL(String(discovered['jwks_uri'])), { [customFetch]: asked })
    return await jwtVerify(jwt, keys, { issuer, audience, algorithms: ['RS256'], requiredClaims: ['jti', 'nbf'] })
  } finally {
    await dispatcher.destroy()
  }
}

async function jobOf(world: World, yaml: string) {
  const launcher = await joinPool(await createPool(world.person, 'main'))
  const stack = await applyStack(world.person, `${yaml}\nsource: none\n`)
  const run = await trigger(world.person, stack)
  return { launcher, stack, run, job: await launcher.awaitJob() }
}

it('vouches for a run, and a cloud that knows its address alone believes it', async () => {
  await using directory = await temporaryDirectory()
  await using world = await startMothership(directory.path)
  const { launcher, stack, run, job } = await jobOf(world, 'name: Demo')
  await using _ = launcher
  const issuer = `https://localhost:${world.mothership.ports.people}`
  const { payload, protectedHeader } = await verified(issuer, {
    jwt: job.oidcToken ?? '',
    audience: 'localhost',
    authority: launcher.token.authority,
  })
  expect(payload).toEqual({
    iss: issuer,
    sub: `space:root:stack:${stack}:run_type:TRACKED:scope:read`,
    aud: 'localhost',
    exp: (payload.iat ?? 0) + 3600,
    iat: payload.iat,
    nbf: payload.iat,
    jti: job.id,
    spaceId: 'root',
    callerType: 'stack',
    callerId: stack,
    runType: 'TRACKED',
    runId: run,
    scope: 'read',
  })
  expect(protectedHeader).toEqual({ alg: 'RS256', typ: 'JWT', kid: expect.stringMatching(/^[\w-]{43}$/) as string })
  expect(await launcher.ask('GET', paths.job(job.id))).toEqual(job)
})

it('says of an autodeployed run that it writes, and says what the stack says', async () => {
  await using directory = await temporaryDirectory()
  await using world = await startMothership(directory.path)
  const yaml = 'name: Demo\nautodeploy: true\nspace: platform\noidc: {audience: sts.amazonaws.com}'
  const { launcher, job } = await jobOf(world, yaml)
  await using _ = launcher
  const issuer = `https://localhost:${world.mothership.ports.people}`
  const { authority } = launcher.token
  const wanted = { jwt: job.oidcToken ?? '', audience: 'sts.amazonaws.com', authority }
  const { payload } = await verified(issuer, wanted)
  expect(payload).toMatchObject({ sub: 'space:platform:stack:demo:run_type:TRACKED:scope:write', scope: 'write' })
  await expect(verified(issuer, { ...wanted, audience: 'elsewhere' })).rejects.toThrow('"aud"')
  const [head = '', , signature = ''] = wanted.jwt.split('.')
  const forged = Buffer.from(JSON.stringify({ ...payload, spaceId: 'root' })).toString('base64url')
  await expect(verified(issuer, { ...wanted, jwt: `${head}.${forged}.${signature}` })).rejects.toThrow(
    'signature verification failed',
  )
})

it('names the issuer that it is told', async () => {
  await using directory = await temporaryDirectory()
  await using world = await startMothership(directory.path, { issuer: 'https://id.example/runs' })
  const { launcher, job } = await jobOf(world, 'name: Demo')
  await using _ = launcher
  const claims = JSON.parse(Buffer.from(job.oidcToken?.split('.')[1] ?? '', 'base64url').toString()) as object
  expect(claims).toMatchObject({ iss: 'https://id.example/runs', aud: 'id.example' })
  expect(job.account).toBe('id.example')
})

it('keeps its key sealed and over a restart, and makes another one when it is removed', async () => {
  await using directory = await temporaryDirectory()
  const path = join(directory.path, 'keys/identity.sealed')
  const restarted = async () => {
    await using _ = await startMothership(directory.path)
    return readFile(path, 'utf8')
  }
  const sealed = await restarted()
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect(sealed).not.toMatch(/PRIVATE|MII/)
  expect(await restarted()).toBe(sealed)
  await writeFile(path, `${sealed.slice(0, -4)}AAAA`)
  await expect(startMothership(directory.path)).rejects.toThrow('identity.sealed in')
  await rm(path)
  expect(await restarted()).not.toBe(sealed)
})
