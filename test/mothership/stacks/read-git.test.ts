import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { inlineFiles } from '../../../mothership/src/stacks/inline-files.ts'
import { readDefinition } from '../../../mothership/src/stacks/read-definition.ts'
import { openStack, sealStack } from '../../../mothership/src/stacks/snapshot.ts'
import { Secrets } from '../../../mothership/src/secrets/secrets.ts'

const privateKey = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
const stack = (git: object, more: object = {}) => JSON.stringify({ name: 'x', source: { git }, ...more })
const sourceOf = (git: object) => readDefinition(stack(git)).source

/** A key as `ssh-keygen` makes it. */
function openSshKey(passphrase: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'key-'))
  try {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-f', join(directory, 'key')])
    return readFileSync(join(directory, 'key'), 'utf8')
  } finally {
    rmSync(directory, { recursive: true })
  }
}

describe('the git source of a stack', () => {
  it('has credentials for its kind of address, submodules, and a pool of VCS agents', () => {
    const url = 'https://git.example/acme/network.git'
    const https = { url, submodules: true, vcs_pool: 'inside', credentials: { username: 'ada', password: 'hunter2' } }
    expect(sourceOf(https)).toEqual({
      kind: 'git',
      url,
      ref: null,
      commit: null,
      submodules: true,
      vcsPool: 'inside',
      credentials: { kind: 'password', username: 'ada', password: 'hunter2' },
    })
    expect(sourceOf({ url, credentials: { password: 'token' } })).toMatchObject({
      credentials: { username: 'x-access-token' },
    })
    const ssh = {
      url: 'git@git.example:acme/x',
      credentials: { ssh_private_key: privateKey, known_hosts: 'git.example ssh-ed25519 AAAA' },
    }
    expect(sourceOf(ssh)).toMatchObject({
      credentials: { kind: 'ssh', privateKey, knownHosts: 'git.example ssh-ed25519 AAAA' },
    })
  })

  it.each([
    [{ url: 'ssh://git.example/x', credentials: { password: 'hunter2' } }, 'expected an ssh_private_key'],
    [{ url: 'https://git.example/x', credentials: { ssh_private_key: privateKey } }, 'expected a password'],
    [{ url: 'https://git.example/x', credentials: { password: 'hunter2', known_hosts: 'x' } }, 'got both'],
    [{ url: 'https://git.example/x', credentials: { username: 'ada' } }, 'credentials.password: is missing'],
    [{ url: 'https://git.example/x', credentials: { password: 'abc' } }, 'could not be masked'],
    [{ url: 'https://git.example/x', credentials: { password: 'hunter2\nx' } }, 'line break'],
    [{ url: 'git@git.example:x', credentials: { ssh_private_key: 'hunter2' } }, 'begins with -----BEGIN'],
    [{ url: 'git@git.example:x', credentials: { ssh_private_key: openSshKey('hunter2') } }, 'has a passphrase'],
    [{ url: 'https://git.example/x', credentials: { pasword: 'hunter2' } }, 'did you mean password?'],
  ])('refuses %j', (git, why) => {
    const error = (() => {
      try {
        return JSON.stringify(sourceOf(git))
      } catch (reason) {
        return String(reason)
      }
    })()
    expect(error).toContain(why)
    expect(error).not.toContain('hunter2')
  })

  it('takes a key as ssh-keygen makes it', () => {
    const key = openSshKey('')
    expect(sourceOf({ url: 'git@git.example:x', credentials: { ssh_private_key: key } })).toMatchObject({
      credentials: { privateKey: key, knownHosts: null },
    })
  })

  it('is kept with its credentials sealed', () => {
    const { pool: _, ...definition } = readDefinition(
      stack({ url: 'https://git.example/x', credentials: { password: 'hunter2' } }),
    )
    const open = {
      ...definition,
      source: definition.source as Exclude<typeof definition.source, { kind: 'directory' }>,
    }
    const secrets = new Secrets(new Uint8Array(32))
    const sealed = sealStack(open, secrets)
    expect(JSON.stringify(sealed)).not.toContain('hunter2')
    expect(openStack(sealed, secrets)).toEqual(open)
  })

  it('can have its secrets in files beside the YAML', async () => {
    const yaml = stack({ url: 'git@git.example:x', credentials: { ssh_private_key: { from: 'key' } } })
    const complete = await inlineFiles(yaml, async (path) => Buffer.from(path === 'key' ? privateKey : ''))
    expect(readDefinition(complete).source).toMatchObject({ credentials: { privateKey: privateKey.trimEnd() } })
  })
})

describe('the tool of a stack', () => {
  const toolOf = (tool: object) => readDefinition(JSON.stringify({ name: 'x', source: 'none', tool })).tool

  it('has a version, or a constraint of it', () => {
    for (const version of ['1.9.1', '~> 1.9', '>= 1.6, < 2.0', '1.9.x', '1.10.0-rc1']) {
      expect(toolOf({ name: 'opentofu', version })).toEqual({ name: 'opentofu', version })
    }
    expect(() => toolOf({ name: 'opentofu', version: '^1.9' })).toThrow('a constraint such as ~> 1.10')
  })

  it('has a playbook and an inventory if it is Ansible', () => {
    const tool = { name: 'ansible', playbook: 'site.yml', inventory: 'hosts.ini' }
    expect(toolOf(tool)).toEqual({ ...tool, version: null })
    expect(() => toolOf({ ...tool, name: 'opentofu' })).toThrow('tool.playbook: is for ansible alone')
    expect(() => toolOf({ ...tool, playbook: '../site.yml' })).toThrow('below the project root')
  })
})
