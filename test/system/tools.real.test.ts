import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { opentofuRelease } from '../../launcher/src/tools/opentofu.ts'
import { platformOfThisMachine } from '../../launcher/src/tools/platform.ts'
import { ansibleImage } from '../support/ansible-image.ts'
import { placeTimeProvider } from '../support/time-provider.ts'
import { zipArchive } from '../launcher/tools/zip-archive.ts'
import { commitFiles, serveGit } from './git-server.ts'
import { logOf, startRun } from './runs.ts'
import { sharedWorld } from './shared-world.ts'

/* Tools and sources as stacks name them, through the whole loop. */

/** Made once for a machine, which takes minutes. */
const makingMs = 900_000
const made = { ansible: '', providers: '' }
beforeAll(async () => {
  made.providers = await mkdtemp(join(tmpdir(), 'providers-'))
  await placeTimeProvider(join(made.providers, 'mirror'), AbortSignal.timeout(makingMs))
  made.ansible = await ansibleImage(inject('engine').socket, AbortSignal.timeout(makingMs))
}, makingMs)

const mirror = { directory: '' }
afterAll(async () => {
  for (const path of [mirror.directory, made.providers]) await rm(path, { recursive: true, force: true })
})

const shared = sharedWorld(async () => {
  mirror.directory = await mkdtemp(join(tmpdir(), 'mirror-'))
  for (const name of ['', 'mirror', 'cache']) {
    await mkdir(join(made.providers, name), { recursive: true })
    await chmod(join(made.providers, name), 0o777)
  }
  const mounts = [`${made.providers}/mirror:/provider-mirror`, `${made.providers}/cache:/providers`]
  const env = { SPACELIFT_LAUNCHER_TOOL_MIRROR: mirror.directory, SPACELIFT_WORKER_EXTRA_MOUNTS: mounts.join(',') }
  return { launchers: 2, launcherEnv: env }
})

/** Puts a release into the mirror, as its maker would have published it. */
async function publish(version: string): Promise<void> {
  const name = opentofuRelease.archive(version, platformOfThisMachine())
  const archive = zipArchive({ tofu: await readFile(inject('tofu')) })
  const sum = createHash('sha256').update(archive).digest('hex')
  await writeFile(join(mirror.directory, name), archive)
  await writeFile(join(mirror.directory, opentofuRelease.sums(version)), `${sum}  ${name}\n`)
}

it('takes the newest version that a constraint allows, and the same one for the apply', async () => {
  const { world, people } = await shared()
  await publish('1.9.7')
  const stack = await world.stack({
    'stack.yaml': 'name: constraint\ntool: { name: opentofu, version: "~> 1.9.0" }',
    'main.tf': 'output "x" { value = 1 }',
  })
  const run = await startRun(people, stack)
  await world.reaches(run, ['UNCONFIRMED'])
  await publish('1.9.8')
  await world.cli(['run', 'confirm', run])
  await world.reaches(run, ['FINISHED'])
  const log = await logOf(people, run)
  expect(log.match(/Downloading OpenTofu (\S+)\.\.\./g)).toEqual(Array(2).fill('Downloading OpenTofu 1.9.7...'))
})

it('says which versions there are when none fits', async () => {
  const { world, people } = await shared()
  await publish('1.9.7')
  const stack = await world.stack({
    'stack.yaml': 'name: unmet\ntool: { name: opentofu, version: "> 99" }',
    'main.tf': '',
  })
  const run = await startRun(people, stack)
  await world.reaches(run, ['FAILED'])
  expect(await logOf(people, run)).toContain('no published version of opentofu meets > 99; the newest are 1.9.')
})

it('plans a playbook in check mode, applies it once confirmed, and finds nothing to do then', async () => {
  const { world, people } = await shared()
  const { ansible: image } = made
  const play = `
- hosts: all
  gather_facts: false
  tasks:
    - copy: { content: "{{ greeting }}\\n", dest: /mnt/workspace/greeting }
    - debug: { msg: "left out" }
      when: false
`
  const stack = await world.stack({
    'stack.yaml': `name: play
tool: { name: ansible, playbook: site.yml, inventory: hosts.ini }
image: ${image}
environment:
  SPACELIFT_ANSIBLE_CLI_ARGS: "-e 'greeting=\\"hello there\\"'"
hooks:
  after_apply: cat /mnt/workspace/greeting`,
    'site.yml': play,
    'hosts.ini': 'here ansible_connection=local ansible_python_interpreter=/usr/bin/python3',
  })
  const run = await startRun(people, stack)
  await world.reaches(run, ['UNCONFIRMED'])
  expect(await logOf(people, run)).toMatch(/\+hello there[\s\S]*changed=1/)
  await world.cli(['run', 'confirm', run])
  await world.reaches(run, ['FINISHED'])
  expect(await logOf(people, run, 'APPLYING')).toMatch(/changed=1[\s\S]*\nhello there\n/)
  const quiet = await world.stack({
    'stack.yaml': `name: quiet\ntool: { name: ansible, playbook: empty.yml, inventory: "localhost," }\nimage: ${image}`,
    'empty.yml': '- hosts: all\n  connection: local\n  gather_facts: false\n  tasks:\n    - debug: { msg: nothing }\n',
  })
  const unchanged = await startRun(people, quiet)
  const { history } = await world.over(unchanged)
  expect(history.map(({ state }) => state)).not.toContain('UNCONFIRMED')
  expect(history.at(-1)?.state).toBe('FINISHED')
})

it('fetches a private repository, and leaves its password nowhere', async () => {
  const { world, people } = await shared()
  const password = `swordfish/${crypto.randomUUID()}`
  const root = await mkdtemp(join(tmpdir(), 'forge-'))
  try {
    await commitFiles(join(root, 'stack'), { 'main.tf': 'output "x" { value = 1 }' })
    await using forge = await serveGit(root, { account: `ada:${password}` })
    const git = { url: `${forge.address}/stack/.git`, credentials: { username: 'ada', password } }
    const definition = {
      name: 'private',
      tool: { name: 'opentofu', version: '1.12.6' },
      source: { git },
      labels: ['feature:enable_git_checkout'],
      hooks: {
        before_init: [
          'grep -r swordfish /mnt/workspace /proc/*/environ /proc/*/cmdline | grep -v grep || echo none here',
        ],
      },
    }
    const stack = await world.stack({ 'stack.yaml': JSON.stringify(definition) })
    const run = await startRun(people, stack)
    await world.reaches(run, ['UNCONFIRMED'])
    const log = await logOf(people, run)
    expect(log).toContain('none here')
    expect(log).not.toContain('swordfish')
    const found = await promisify(execFile)('grep', ['-rl', password, world.directory]).catch(() => ({ stdout: '' }))
    const written = found.stdout.split('\n').filter((file) => file !== '' && !file.endsWith('stack.yaml'))
    expect(written).toEqual([])
    await world.cli(['run', 'discard', run])
  } finally {
    await rm(root, { recursive: true, force: true })
  }
})

it('keeps providers on an extra mount, from a plan on one worker to its apply on another', async () => {
  const { world, people } = await shared()
  const settings = 'provider_installation {\n  filesystem_mirror {\n    path = "/provider-mirror"\n  }\n}\n'
  const stack = await world.stack({
    'stack.yaml': `name: providers
tool: { name: opentofu, version: 1.12.6 }
environment: { TF_PLUGIN_CACHE_DIR: /providers, TF_CLI_CONFIG_FILE: /mnt/workspace/settings.tofurc }
files: [{ path: settings.tofurc, content: ${JSON.stringify(settings)} }]
hooks:
  after_init: readlink .terraform/providers/registry.opentofu.org/hashicorp/time/*/*`,
    'main.tf': `
terraform {
  required_providers {
    time = { source = "hashicorp/time" }
  }
}
resource "time_static" "now" {}`,
  })
  const run = await startRun(people, stack)
  await world.reaches(run, ['UNCONFIRMED'])
  // The apply has nothing but what the plan left on the mount.
  await rm(join(made.providers, 'mirror/registry.opentofu.org'), { recursive: true })
  await world.cli(['run', 'confirm', run])
  const { history } = await world.reaches(run, ['FINISHED'])
  const log = await logOf(people, run)
  expect(log).toContain('\n/providers/registry.opentofu.org/hashicorp/time/0.13.1/linux_')
  expect(log).toContain('Apply complete! Resources: 1 added')
  const workers = ['PLANNING', 'APPLYING'].map((phase) => history.find(({ state }) => state === phase)?.worker)
  expect(new Set(workers).size).toBe(2)
})
