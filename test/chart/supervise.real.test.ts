import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cacheDirectory } from '../../ci/tools/cache.ts'
import { findProgram } from '../../quickstart/machine/find-program.ts'
import { until } from '../fakes/until.ts'

/*
 * The real script under real shells, with a daemon that is a shell script too: what the supervisor does when it dies, hangs, or will not start.
 */

const script = new URL('../../chart/files/supervise.sh', import.meta.url).pathname

/** Debian's `sh`, and the one of the images that the daemon comes in; the set-up of the runner image brought busybox. */
const shells = [
  { name: 'dash', command: [findProgram('dash') ?? '/bin/sh'] },
  {
    name: 'busybox',
    command: [findProgram('busybox') ?? join(cacheDirectory(process.env, homedir()), 'busybox/busybox'), 'sh'],
  },
]

/** A daemon that names itself, notes each start with its arguments, and lives until it is told to end. */
const lives = 'trap "exit 0" TERM\nwhile :; do sleep 0.05; done'

class World implements AsyncDisposable {
  readonly root = mkdtempSync(join(tmpdir(), 'supervise-'))
  readonly starts = join(this.root, 'starts')
  readonly directory = join(this.root, 'opt spacelift')
  child: ChildProcess | null = null
  said = ''

  constructor(daemon: string) {
    mkdirSync(join(this.root, 'bin'))
    mkdirSync(this.directory)
    this.program('dockerd-entrypoint.sh', `echo "$$ $*" >> '${this.starts}'\n${daemon}`)
    this.program('docker', `echo "docker $*" >> '${this.root}/docker'`)
  }

  program(name: string, text: string): void {
    writeFileSync(join(this.root, 'bin', name), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
  }

  start(shell: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
    const [command = 'sh', ...words] = shell
    words.push(script, 'dockerd', '--host=unix:///x', 'two words')
    const path = `${join(this.root, 'bin')}:/usr/bin:/bin`
    const own = { PATH: path, STOP_WITHIN: '1', PID_FILE: join(this.root, 'docker.pid'), ...env }
    // A group of its own, so that nothing that it starts is left.
    this.child = spawn(command, words, { env: own, detached: true, stdio: ['ignore', 'ignore', 'pipe'] })
    this.child.stderr?.on('data', (bytes: Buffer) => (this.said += bytes.toString()))
    return this.child
  }

  /** Process ids of the daemons so far. */
  daemons(): number[] {
    if (!existsSync(this.starts)) return []
    return readFileSync(this.starts, 'utf8')
      .trim()
      .split('\n')
      .map((line) => Number(line.split(' ')[0]))
  }

  async daemon(nth: number): Promise<number> {
    return until(`daemon ${nth}`, () => this.daemons()[nth - 1])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child?.pid && this.child.exitCode === null && this.child.signalCode === null) {
      process.kill(-this.child.pid, 'SIGKILL')
      await once(this.child, 'exit')
    }
    rmSync(this.root, { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

async function codeOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode
  const [code] = (await once(child, 'exit')) as [number | null]
  return code
}

describe.each(shells)('supervise.sh under $name', ({ command }) => {
  it('starts the daemon through its entry point, with every argument as it is', async () => {
    await using world = new World(`for word; do echo "<$word>" >> "$0.words"; done\n${lives}`)
    world.start(command)
    await world.daemon(1)
    const words = await until('words', () => {
      const file = join(world.root, 'bin/dockerd-entrypoint.sh.words')
      return existsSync(file) && readFileSync(file, 'utf8').split('\n').length > 3 && readFileSync(file, 'utf8')
    })
    expect(words).toBe('<dockerd>\n<--host=unix:///x>\n<two words>\n')
  })

  it('starts it again when it is killed, and says so', async () => {
    await using world = new World(lives)
    world.start(command)
    process.kill(await world.daemon(1), 'SIGKILL')
    expect(isAlive(await world.daemon(2))).toBe(true)
    expect(world.said).toMatch(/dockerd ended with code 137 after \d+ s; starting it again in 1 s/)
  })

  it('waits longer from one failed start to the next', async () => {
    await using world = new World('exit 3')
    world.start(command)
    await until('third failure', () => world.said.includes('again in 3 s'))
    expect(world.said.match(/again in \d+ s/g)).toEqual(['again in 1 s', 'again in 2 s', 'again in 3 s'])
  })

  it('ends the daemon on TERM and then itself, with code 0', async () => {
    await using world = new World(`trap "echo ended > '$0.ended'; exit 0" TERM\nwhile :; do sleep 0.05; done`)
    const child = world.start(command)
    const daemon = await world.daemon(1)
    child.kill('SIGTERM')
    expect(await codeOf(child)).toBe(0)
    expect(isAlive(daemon)).toBe(false)
    expect(world.daemons()).toHaveLength(1)
    expect(existsSync(join(world.root, 'bin/dockerd-entrypoint.sh.ended'))).toBe(true)
  })

  it('kills a daemon that ignores TERM when its time is over', async () => {
    await using world = new World('trap "" TERM\nwhile :; do sleep 0.05; done')
    const child = world.start(command)
    const daemon = await world.daemon(1)
    child.kill('SIGTERM')
    expect(await codeOf(child)).toBe(0)
    expect(isAlive(daemon)).toBe(false)
    expect(world.said).toContain('dockerd did not end within 1 s; killing it')
  })

  it('ends at once on TERM while it waits to start a daemon that failed', async () => {
    await using world = new World('exit 3')
    const child = world.start(command, { STOP_WITHIN: '60' })
    await until('a pause of two seconds', () => world.said.includes('again in 2 s'))
    child.kill('SIGTERM')
    expect(await codeOf(child)).toBe(0)
    expect(world.daemons()).toHaveLength(2)
  })

  it('kills a dockerd that was left behind by the process above it, before the next starts', async () => {
    await using world = new World(lives)
    const orphanProgram = join(world.root, 'dockerd')
    symlinkSync('/bin/sleep', orphanProgram)
    const orphan = spawn(orphanProgram, ['300'], { stdio: 'ignore' })
    await once(orphan, 'spawn')
    writeFileSync(join(world.root, 'docker.pid'), String(orphan.pid))
    const ended = once(orphan, 'exit')
    world.start(command)
    await ended
    await world.daemon(1)
    expect(world.said).toContain(`dockerd ${orphan.pid} was left behind; killing it`)
  })

  it('leaves a process alone that only has the number of an old daemon', async () => {
    await using world = new World(lives)
    writeFileSync(join(world.root, 'docker.pid'), String(process.pid))
    world.start(command)
    await world.daemon(1)
    expect(world.said).toBe('')
  })

  it.skipIf(process.getuid?.() !== 0)(
    'gives the launcher its directory and all that is in it, links included',
    async () => {
      await using world = new World(lives)
      mkdirSync(join(world.directory, 'binaries'))
      writeFileSync(join(world.directory, 'binaries', 'a file'), '')
      symlinkSync('/etc/hostname', join(world.directory, 'link'))
      const before = statSync('/etc/hostname').uid
      world.start(command, { LAUNCHER_DIRECTORY: world.directory, LAUNCHER_OWNER: '1983:1984' })
      await world.daemon(1)
      for (const path of [world.directory, join(world.directory, 'binaries', 'a file')]) {
        expect(statSync(path)).toMatchObject({ uid: 1983, gid: 1984 })
      }
      expect(statSync('/etc/hostname').uid).toBe(before)
    },
  )

  it('pulls the images that it is told as soon as the daemon answers', async () => {
    await using world = new World(lives)
    world.start(command, { PRELOAD_IMAGES: 'one:1 two:2' })
    const seen = await until('pulls', () => {
      const text = existsSync(join(world.root, 'docker')) ? readFileSync(join(world.root, 'docker'), 'utf8') : ''
      return text.includes('two:2') && text
    })
    expect(seen.trim().split('\n')).toEqual([
      'docker version',
      'docker pull --quiet one:1',
      'docker pull --quiet two:2',
    ])
  })
})
