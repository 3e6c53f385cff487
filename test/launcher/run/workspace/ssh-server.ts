import { execFile, spawn } from 'node:child_process'
import { access, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cacheDirectory } from '../../../../ci/tools/cache.ts'
import { downloadPackages } from '../../../../quickstart/machine/apt.ts'
import { findProgram } from '../../../../quickstart/machine/find-program.ts'
import { until } from '../../../fakes/until.ts'
import { freePorts } from '../../../support/free-ports.ts'

const run = promisify(execFile)

/** A real sshd on a port of its own, with a host key of its own, which lets one key in as `git`. */
export interface SshServer extends AsyncDisposable {
  readonly port: number
  /** The key that is let in. */
  readonly privateKey: string
  /** The server's line of a known_hosts file. */
  readonly knownHosts: string
}

/** Starts it. It needs root, and a mount namespace, where it finds its own users. */
export async function startSsh(): Promise<SshServer> {
  const program = await findSshd()
  const [port = 0] = await freePorts(1)
  const directory = await mkdtemp(join(tmpdir(), 'sshd-'))
  for (const name of ['host', 'user'])
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(directory, name)])
  const settings = {
    Port: port,
    ListenAddress: '127.0.0.1',
    HostKey: join(directory, 'host'),
    AuthorizedKeysFile: join(directory, 'user.pub'),
    PidFile: 'none',
    PermitRootLogin: 'yes',
    PasswordAuthentication: 'no',
    StrictModes: 'no',
    UsePAM: 'no',
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name} ${value}`)
  await writeFile(join(directory, 'config'), `${lines.join('\n')}\n`)
  await writeFile(
    join(directory, 'passwd'),
    `root:x:0:0::/root:/bin/sh\ngit:x:0:0::${directory}:/bin/sh\nsshd:x:1:65534::/run/sshd:/bin/false\n`,
  )
  await writeFile(join(directory, 'shadow'), 'root:*:1::::::\ngit:*:1::::::\nsshd:*:1::::::\n')
  const script = `mount --bind "$1/passwd" /etc/passwd && mount --bind "$1/shadow" /etc/shadow && mount -t tmpfs tmpfs /run && mkdir -m 755 /run/sshd && exec "$2" -D -e -f "$1/config"`
  const words = ['--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', directory, program]
  const child = spawn('unshare', words, { stdio: ['ignore', 'ignore', 'pipe'] })
  const said = { text: '' }
  child.stderr.on('data', (text) => (said.text += String(text)))
  await until('sshd listens', () => said.text.includes('Server listening') || child.exitCode !== null)
  if (child.exitCode !== null) throw new Error(`sshd ended: ${said.text}`)
  const [kind, key] = (await readFile(join(directory, 'host.pub'), 'utf8')).split(' ')
  return {
    port,
    privateKey: await readFile(join(directory, 'user'), 'utf8'),
    knownHosts: `[127.0.0.1]:${port} ${kind} ${key}`,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await until('sshd is gone', () => child.exitCode !== null || child.signalCode !== null)
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** The machine's, or that of Debian's package, which is taken apart and not installed. */
async function findSshd(): Promise<string> {
  const found = findProgram('sshd')
  if (found) return found
  const cache = cacheDirectory(process.env, homedir())
  const place = join(cache, 'tools', 'openssh-server')
  const program = join(place, 'usr/sbin/sshd')
  if (
    await access(program).then(
      () => true,
      () => false,
    )
  )
    return program
  await mkdir(join(cache, 'tools'), { recursive: true })
  const work = await mkdtemp(join(cache, 'tools', '.openssh-'))
  try {
    const options = { env: process.env, say: () => undefined, signal: AbortSignal.timeout(120_000) }
    await downloadPackages(['openssh-server'], work, options)
    const [archive = ''] = (await readdir(work)).filter((name) => name.endsWith('.deb'))
    await run('dpkg-deb', ['-x', join(work, archive), join(work, 'files')])
    await rm(place, { recursive: true, force: true })
    await rename(join(work, 'files'), place)
    return program
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
