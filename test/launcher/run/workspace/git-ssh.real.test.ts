import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { GitWorld, processesWith } from './git-world.ts'
import { startSsh } from './ssh-server.ts'

const refused = (message: string) =>
  expect.objectContaining({ code: 'SOURCE_REFUSED', message: expect.stringContaining(message) as string })

function otherKey(): { readonly privateKey: string; readonly publicKey: string } {
  const directory = mkdtempSync(join(tmpdir(), 'key-'))
  try {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(directory, 'key')])
    const [privateKey = '', publicKey = ''] = ['key', 'key.pub'].map((name) =>
      readFileSync(join(directory, name), 'utf8'),
    )
    return { privateKey, publicKey }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

it('fetches over SSH with the key of the stack, submodules included', async () => {
  using world = new GitWorld()
  await using ssh = await startSsh()
  const inner = await world.commit('inner', { 'part.tf': 'inner' })
  await world.commit('stack', { 'main.tf': 'one' })
  const commit = await world.addSubmodule('stack', 'modules/inner', { url: '../../inner/.git', commit: inner })
  const url = `ssh://git@127.0.0.1:${ssh.port}${world.forge}/stack/.git`
  const credentials = { kind: 'ssh', privateKey: ssh.privateKey, knownHosts: ssh.knownHosts } as const
  expect(await world.fetch({ url, commit, credentials, submodules: true })).toBeNull()
  expect(world.read('main.tf')).toBe('one')
  expect(world.read('modules/inner/part.tf')).toBe('inner')
  const [, line = ''] = ssh.privateKey.split('\n')
  expect(world.holding(line)).toEqual([])
  expect(existsSync(join(dirname(world.into), '.git-private'))).toBe(false)
  expect(processesWith(line)).toEqual([])
})

it('refuses a server whose key is not known, or another one, and a key that the server refuses', async () => {
  using world = new GitWorld()
  await using ssh = await startSsh()
  await world.commit('stack', { 'main.tf': 'one' })
  const url = `ssh://git@127.0.0.1:${ssh.port}${world.forge}/stack/.git`
  const { privateKey, knownHosts } = ssh
  const unknown = { kind: 'ssh', privateKey, knownHosts: 'git.example ssh-ed25519 AAAA' } as const
  expect(await world.fetch({ url, credentials: unknown })).toEqual(
    refused(`${url}: the server's key is not known: put the lines`),
  )
  expect(await world.fetch({ url, credentials: { ...unknown, knownHosts: null } })).toEqual(
    refused("the server's key is not known"),
  )
  expect(await world.fetch({ url })).toEqual(refused("the server's key is not known"))
  const [host = '', kind = ''] = knownHosts.split(' ')
  const other = otherKey()
  const [, key = ''] = other.publicKey.split(' ')
  const changed = { ...unknown, knownHosts: `${host} ${kind} ${key}` }
  expect(await world.fetch({ url, credentials: changed })).toEqual(refused('is not the one that is known'))
  const stranger = { kind: 'ssh', privateKey: other.privateKey, knownHosts } as const
  expect(await world.fetch({ url, credentials: stranger })).toEqual(refused('does not take the ssh_private_key'))
})
