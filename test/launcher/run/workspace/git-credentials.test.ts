import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ThrowawayAuthority } from '../../../fakes/certificates.ts'
import { until } from '../../../fakes/until.ts'
import { serveGit, type GitServerOptions } from '../../../system/git-server.ts'
import { GitWorld, processesWith } from './git-world.ts'

// Made here, so that no other process has it in its arguments by chance.
const secret = `wörd/${crypto.randomUUID()}%@:`
const credentials = { kind: 'password', username: 'ada', password: secret } as const
const account = `ada:${secret}`
const refused = (message: string) =>
  expect.objectContaining({ code: 'SOURCE_REFUSED', message: expect.stringContaining(message) as string })

function secured(options: GitServerOptions = {}) {
  const authority = new ThrowawayAuthority()
  const { privateKey: key, certificate: cert } = authority.issue({ name: '127.0.0.1' })
  return { authorities: [authority.certificate], options: { ...options, account, tls: { key, cert } } }
}

describe('a git server over TLS that wants a password', () => {
  it('is told it, and nobody else sees it', async () => {
    using world = new GitWorld()
    await world.commit('stack', { 'main.tf': 'one' })
    const seen: string[] = []
    const { authorities, options } = secured({ asked: async () => void seen.push(...processesWith(secret)) })
    await using server = await serveGit(world.forge, options)
    const url = `${server.address}/stack/.git`
    expect(await world.fetch({ url, credentials }, { authorities })).toBeNull()
    expect(world.read('main.tf')).toBe('one')
    expect(existsSync(join(world.into, '.git'))).toBe(false)
    expect(seen).toEqual([])
    expect([...world.holding(secret), ...world.holding(encodeURIComponent(secret))]).toEqual([])
  })

  it('is told one that stands in the address', async () => {
    using world = new GitWorld()
    await world.commit('stack', { 'main.tf': 'one' })
    const seen: string[] = []
    const encoded = encodeURIComponent(secret)
    const { authorities, options } = secured({ asked: async () => void seen.push(...processesWith(encoded)) })
    await using server = await serveGit(world.forge, options)
    const url = `${server.address}/stack/.git`.replace('//', `//ada:${encoded}@`)
    expect(await world.fetch({ url }, { authorities, keepRepository: true })).toBeNull()
    expect(seen).toEqual([])
    expect([...world.holding(secret), ...world.holding(encoded)]).toEqual([])
  })

  it('says what to do when it takes no password, or another one', async () => {
    using world = new GitWorld()
    await world.commit('stack', { 'main.tf': 'one' })
    const { authorities, options } = secured()
    await using server = await serveGit(world.forge, options)
    const url = `${server.address}/stack/.git`
    const wrong = { ...credentials, password: 'swordfish-9' }
    const failure = await world.fetch({ url, credentials: wrong }, { authorities })
    expect(failure).toEqual(refused(`${url}: the server does not take the credentials`))
    expect(String(failure)).not.toContain('swordfish')
    expect(await world.fetch({ url }, { authorities })).toEqual(refused('the server wants a name and a password'))
  })

  it('gives submodules of its own, at whatever depth their commits are', async () => {
    using world = new GitWorld()
    const inner = await world.commit('inner', { 'part.tf': 'first' })
    await world.commit('inner', { 'part.tf': 'second' })
    await world.commit('stack', { 'main.tf': 'one' })
    const commit = await world.addSubmodule('stack', 'modules/inner', { url: '../../inner/.git', commit: inner })
    const { authorities, options } = secured()
    await using server = await serveGit(world.forge, options)
    const source = { url: `${server.address}/stack/.git`, credentials, commit }
    expect(await world.fetch(source, { authorities })).toBeNull()
    expect(world.read('modules/inner/part.tf')).toBeNull()
    expect(await world.fetch({ ...source, submodules: true }, { authorities })).toBeNull()
    expect(world.read('modules/inner/part.tf')).toBe('first')
    expect(existsSync(join(world.into, 'modules/inner/.git'))).toBe(false)
    expect(world.holding(secret)).toEqual([])
  })

  it('keeps its password when a submodule or a redirect is elsewhere', async () => {
    using world = new GitWorld()
    await world.commit('stack', { 'main.tf': 'one' })
    const shown: (string | undefined)[] = []
    const elsewhere = createServer((request, response) => {
      shown.push(request.headers.authorization)
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
    })
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve))
    const other = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`
    const commit = await world.addSubmodule('stack', 'part', { url: `${other}/x.git`, commit: '1'.repeat(40) })
    await using server = await serveGit(world.forge, { account })
    const source = { url: `${server.address}/stack/.git`, credentials, commit, submodules: true }
    expect(await world.fetch(source)).toEqual(refused('wants a name and a password'))
    const forwarding = createServer((request, response) =>
      response.writeHead(302, { location: `${other}${request.url ?? ''}` }).end(),
    )
    await new Promise<void>((resolve) => forwarding.listen(0, '127.0.0.1', resolve))
    const port = (forwarding.address() as AddressInfo).port
    await world.fetch({ url: `http://127.0.0.1:${port}/x.git`, credentials })
    for (const each of [elsewhere, forwarding]) {
      each.closeAllConnections()
      each.close()
    }
    expect(shown.length).toBeGreaterThan(1)
    expect(new Set(shown)).toEqual(new Set([undefined]))
  })

  it('is reached by the endpoint of its VCS agent pool', async () => {
    using world = new GitWorld()
    await world.commit('stack', { 'main.tf': 'one' })
    await using server = await serveGit(world.forge, { account })
    const endpoints = new Map([['inside', server.address]])
    for (const url of [
      'https://git.invalid/stack/.git',
      'git@git.invalid:stack/.git',
      'ssh://git@git.invalid:1/stack/.git',
    ]) {
      expect(await world.fetch({ url, vcsPool: 'inside', credentials }, { endpoints })).toBeNull()
      expect(world.read('main.tf')).toBe('one')
    }
    const unknown = await world.fetch({ url: 'https://git.invalid/x', vcsPool: 'outside' }, { endpoints })
    expect(unknown).toEqual(
      refused('the VCS agent pool "outside", and this worker reaches inside: SPACELIFT_PRIVATEVCS_'),
    )
  })
})

describe('fetchGit', () => {
  it('keeps the repository with its history, if asked to', async () => {
    using world = new GitWorld()
    await world.commit('stack', { 'main.tf': 'one' })
    const second = await world.commit('stack', { 'main.tf': 'two' })
    await world.commit('stack', { 'main.tf': 'three' })
    await using server = await serveGit(world.forge, { account })
    const url = `${server.address}/stack/.git`
    expect(await world.fetch({ url, ref: 'main', commit: second, credentials }, { keepRepository: true })).toBeNull()
    const git = (...words: string[]) => execFileSync('git', words, { cwd: world.into }).toString().trim()
    expect(git('log', '--format=%H')).toContain(second)
    expect(git('rev-list', '--count', 'HEAD')).toBe('2')
    expect(git('config', 'remote.origin.url')).toBe(url)
    expect(git('status', '--porcelain')).toBe('')
    expect(world.holding(secret)).toEqual([])
  })

  it('finds a commit that is on no branch that the stack names', async () => {
    using world = new GitWorld()
    const first = await world.commit('stack', { 'main.tf': 'one' })
    await world.commit('stack', { 'main.tf': 'two' })
    await using server = await serveGit(world.forge)
    const url = `${server.address}/stack/.git`
    expect(await world.fetch({ url, ref: 'gone', commit: first })).toBeNull()
    expect(world.read('main.tf')).toBe('one')
    expect(await world.fetch({ url, ref: 'main', commit: 'a'.repeat(40) })).toMatchObject({
      code: 'SOURCE_UNREACHABLE',
    })
  })

  it('ends at once, with all that it started, and leaves no credentials', async () => {
    using world = new GitWorld()
    const asked = Promise.withResolvers<void>()
    const silent = createServer(() => asked.resolve())
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/stack.git`
    const stopping = new AbortController()
    const fetching = world.fetch({ url, credentials }, { signal: stopping.signal })
    await asked.promise
    const private_ = join(dirname(world.into), '.git-private')
    expect(existsSync(private_)).toBe(true)
    const reason = new Error('stopped')
    stopping.abort(reason)
    expect(await fetching).toBe(reason)
    expect(existsSync(private_)).toBe(false)
    await until('git is gone', () => processesWith(url).length === 0)
    silent.closeAllConnections()
    silent.close()
  })
})
