import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { writeFiles } from './files.ts'

// `node ci/images/package.ts [FILE.tar.gz]`: the launcher for machines without containers of their own, to be unpacked at `/`: one bundled file,
// its systemd unit, and examples beside it. Prints the file's name.
const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const out = resolve(process.argv[2] ?? 'spacelift-launcher.tar.gz')
const folder = await mkdtemp(join(tmpdir(), 'package-'))
try {
  await writeFiles('launcher', { root, folder })
  const [units, examples] = [
    join(folder, 'usr/local/lib/systemd/system'),
    join(folder, 'usr/local/share/spacelift-launcher'),
  ]
  await Promise.all([units, examples].map((path) => mkdir(path, { recursive: true })))
  const machine = join(root, 'launcher/machine')
  for (const name of await readdir(machine))
    await cp(join(machine, name), join(name.endsWith('.service') ? units : examples, name))
  // The same bytes whoever makes it, and readable whatever their umask is.
  const same = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mtime=@0', '--mode=u=rwX,go=rX']
  await run('tar', [...same, '--use-compress-program=gzip -n', '-cf', out, '-C', folder, 'usr'])
  process.stdout.write(`${out}\n`)
} finally {
  await rm(folder, { recursive: true, force: true })
}
