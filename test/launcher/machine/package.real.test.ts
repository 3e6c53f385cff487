import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { Process } from '../../system/process.ts'
import { sharedWorld } from '../../system/shared-world.ts'

/*
 * The launcher as a machine without containers of its own is given it: unpacked into an empty root.
 */
const run = promisify(execFile)
const root = fileURLToPath(new URL('../../../', import.meta.url))
const shared = sharedWorld({ launchers: 0 })

async function unpacked(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'machine-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const archive = join(directory, 'launcher.tar.gz')
  await run(process.execPath, [join(root, 'ci/images/package.ts'), archive])
  await run('tar', ['-xzf', archive, '-C', directory])
  return directory
}

describe('the package of the launcher', () => {
  it('works with nothing but Node, and has a unit and drop-ins of which systemd has nothing to complain', async () => {
    const { world } = await shared()
    const machine = await unpacked()
    const program = relative(root, join(machine, 'usr/local/bin/spacelift-launcher'))
    await using launcher = new Process(program, [], world.launcherEnv('packaged'))
    await launcher.says('launcher ready')
    launcher.child.kill('SIGTERM')
    expect(await launcher.ended).toBe(0)
    expect(launcher.err).toBe('')
    expect(await complaints(machine)).toBe('')
  })

  it('is the same whoever makes it', async () => {
    const sums = await Promise.all([unpacked(), unpacked()].map(async (made) => sumOf(await made)))
    expect(sums[0]).toBe(sums[1])
  })

  it('has a configuration of cloud-init that knows only settings that there are', async () => {
    const text = await readFile(join(root, 'launcher/machine/cloud-init.yaml'), 'utf8')
    const { write_files: files } = parse(text) as { write_files: { path: string; content: string }[] }
    const { options } = await import('../../../launcher/src/config/options.ts')
    const names = Object.values(options).map(({ env }) => env)
    const set = [...(files[0]?.content.matchAll(/^(\w+)=/gm) ?? [])].map(([, name = '']) => name)
    expect(set.filter((name) => !names.some((known) => name.startsWith(known)))).toEqual([])
    expect(set.length).toBeGreaterThan(3)
  })
})

/** What systemd says of the unit with all drop-ins, among the units of this machine. */
async function complaints(machine: string): Promise<string> {
  const dropIns = join(machine, 'etc/systemd/system/spacelift-launcher.service.d')
  await mkdir(dropIns, { recursive: true })
  for (const name of ['power-off.conf', 'log-files.conf'])
    await cp(join(machine, 'usr/local/share/spacelift-launcher', name), join(dropIns, name))
  await cp('/lib/systemd/system', join(machine, 'usr/lib/systemd/system'), { recursive: true, verbatimSymlinks: true })
  const { stdout, stderr } = await run('systemd-analyze', ['verify', `--root=${machine}`, 'spacelift-launcher.service'])
  const shown = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('spacelift'))
  return shown.join('\n')
}

async function sumOf(directory: string): Promise<string> {
  const { stdout } = await run('sha256sum', [join(directory, 'launcher.tar.gz')])
  expect((await readdir(directory)).length).toBe(2)
  return stdout.split(' ')[0] ?? ''
}
