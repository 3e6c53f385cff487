import { createReadStream } from 'node:fs'
import { access, appendFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { cacheDirectory } from '../../ci/tools/cache.ts'
import { runCommand } from '../../ci/tools/command.ts'
import { createImage, hasImage } from '../../quickstart/engine/pull.ts'
import { installPackages } from '../../quickstart/machine/apt.ts'
import { findProgram, machinePath } from '../../quickstart/machine/find-program.ts'

const image = 'spacelift-worker-tests/ansible:bookworm-2.19'
const ansible = 'ansible-core==2.19.14'
const programs = {
  ansible: 'adhoc',
  'ansible-playbook': 'playbook',
  'ansible-config': 'config',
  'ansible-galaxy': 'galaxy',
}

/** An image with Debian's Python and Ansible from PyPI, which is made once for a machine. Answers its name. */
export async function ansibleImage(socket: string, signal: AbortSignal): Promise<string> {
  if (await hasImage(socket, image, signal)) return image
  const archive = join(cacheDirectory(process.env, homedir()), 'images', 'ansible.tar')
  await access(archive).catch(() => makeArchive(archive, signal))
  const [repo = '', tag = ''] = image.split(':')
  const query = new URLSearchParams({ fromSrc: '-', repo, tag })
  const body = createReadStream(archive)
  await createImage(
    socket,
    { method: 'POST', path: `/images/create?${query.toString()}`, body, signal },
    () => undefined,
  )
  return image
}

async function makeArchive(archive: string, signal: AbortSignal): Promise<void> {
  const env = process.env
  const run = (command: string, words: readonly string[], path = machinePath) =>
    runCommand(command, words, { env: { ...env, PATH: path }, signal })
  if (!findProgram('debootstrap')) await installPackages(['debootstrap'], { env, say: () => undefined, signal })
  await mkdir(join(archive, '..'), { recursive: true })
  const work = await mkdtemp(join(archive, '..', '.ansible-'))
  try {
    const tree = join(work, 'root')
    await run('debootstrap', [
      '--variant=minbase',
      '--include=python3',
      'bookworm',
      tree,
      'http://deb.debian.org/debian',
    ])
    const target = join(tree, 'usr/lib/python3/dist-packages')
    const wheels = ['--python-version', '3.11', '--only-binary=:all:', '--root-user-action', 'ignore']
    await run('python3', ['-m', 'pip', 'install', '--quiet', '--target', target, ...wheels, ansible], env['PATH'])
    for (const [name, module] of Object.entries(programs)) {
      const text = `#!/usr/bin/python3\nfrom ansible.cli.${module} import main\nmain()\n`
      await writeFile(join(tree, 'usr/local/bin', name), text, { mode: 0o755 })
    }
    await appendFile(join(tree, 'etc/passwd'), 'spacelift:x:1983:1983::/tmp:/bin/sh\n')
    for (const path of ['var/cache/apt', 'var/lib/apt', 'usr/share/doc', 'usr/share/locale']) {
      await rm(join(tree, path), { recursive: true, force: true })
    }
    await run('tar', ['--numeric-owner', '-C', tree, '-cf', join(work, 'tar'), '.'])
    await rename(join(work, 'tar'), archive)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
