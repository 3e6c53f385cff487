import { execFile } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { ThrowawayAuthority } from '../fakes/certificates.ts'
import { until } from '../fakes/until.ts'
import { copyImage } from '../support/own-daemon.ts'
import '../support/provided.ts'
import { certificates, verifyingDaemon } from '../support/verifying-daemon.ts'
import { launch, Process } from './process.ts'
import { applyStack, logOf, says, startTask } from './runs.ts'
import { sharedWorld } from './shared-world.ts'

/*
 * A launcher and its machine: disks without room, and machines that go.
 */
const run = promisify(execFile)
const shared = sharedWorld({ launchers: 0 })

/** A disk of its own with this much room, as the directory of a launcher. */
async function smallDisk(parent: string, name: string, megabytes: number): Promise<string> {
  const path = join(parent, name)
  await mkdir(path)
  await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path])
  onTestFinished(async () => void (await run('umount', ['-l', path])))
  return path
}

describe('a launcher whose disk is short of room', () => {
  it('leaves with 75, and the run that it was given is done by another one', async () => {
    const { world, people } = await shared()
    const disk = await smallDisk(world.directory, 'filling', 100)
    await using short = await launch(world, 'short', {
      SPACELIFT_LAUNCHER_DIRECTORY: disk,
    })
    await writeFile(join(disk, 'of-somebody-else'), Buffer.alloc(80 * 2 ** 20))
    const stack = await applyStack(people, 'name: disk is short\ntool: custom')
    const task = await startTask(people, stack, 'echo done here')
    expect(await short.ended).toBe(75)
    expect(short.out).toContain(`the disk of ${disk} is full: 20 MiB are left`)
    expect((await world.show(task)).state).toBe('READY')
    await using other = await launch(world, 'other')
    await world.reaches(task, ['FINISHED'])
    expect(await logOf(people, task)).toContain('done here')
    other.child.kill('SIGTERM')
    expect(await other.ended).toBe(0)
  })

  it('removes what runs left first, and waits at its start while that is not enough', async () => {
    const { world } = await shared()
    const disk = await smallDisk(world.directory, 'full', 100)
    const leftover = join(disk, 'jobs', '01JABCDEFGHJKMNPQRSTVWXYZ0')
    await mkdir(leftover, { recursive: true })
    await writeFile(join(leftover, 'workspace'), Buffer.alloc(10 * 2 ** 20))
    await writeFile(join(disk, 'of-somebody-else'), Buffer.alloc(80 * 2 ** 20))
    const env = {
      ...world.launcherEnv('waiting'),
      SPACELIFT_LAUNCHER_DIRECTORY: disk,
    }
    await using waiting = new Process('launcher/bin.js', [], env)
    await waiting.says('the disk is short of room: cleaning')
    await waiting.says('"what":"leftovers","count":1')
    expect(waiting.out).not.toContain('launcher ready')
    waiting.child.kill('SIGTERM')
    expect(await waiting.ended).toBe(0)
    await rm(join(disk, 'of-somebody-else'))
    await using started = new Process('launcher/bin.js', [], env)
    await started.says('launcher ready')
    started.child.kill('SIGTERM')
    expect(await started.ended).toBe(0)
  })
})

describe('a launcher whose machine goes', () => {
  it('interrupts its run in time, so that its tool can end well, and is gone before', async () => {
    const { world, people } = await shared()
    const notice = join(world.directory, 'going')
    await using going = await launch(world, 'going-launcher', { SPACELIFT_LAUNCHER_SPOT_NOTICE: notice })
    const stack = await applyStack(people, 'name: spot\ntool: custom')
    const task = await startTask(
      people,
      stack,
      "trap 'echo saved; exit 3' INT; echo begun; while :; do sleep 0.1; done",
    )
    await says(people, task, 'begun\n')
    const at = Date.now() + 20_000
    await writeFile(notice, new Date(at).toISOString())
    expect(await going.ended).toBe(0)
    expect(Date.now()).toBeLessThan(at)
    const shown = await world.reaches(task, ['FAILED'])
    expect(shown.history.at(-1)?.note).toContain('The launcher had to stop before the run was over')
    expect(await logOf(people, task)).toContain('saved\n')
  })
})

describe('a launcher whose engine is reached by TLS', () => {
  it('says so, and runs there', async () => {
    const { world, people } = await shared()
    const { socket, image } = inject('engine')
    const authority = new ThrowawayAuthority()
    const { daemon, address } = await verifyingDaemon(authority)
    onTestFinished(() => daemon[Symbol.asyncDispose]())
    await copyImage(image, socket, daemon.socket)
    const secure = {
      DOCKER_HOST: address,
      DOCKER_TLS_VERIFY: '1',
      DOCKER_CERT_PATH: await certificates(authority),
      SPACELIFT_WORKER_NETWORK: 'none',
    }
    await using checking = new Process('launcher/bin.js', ['check'], { ...world.launcherEnv('secure'), ...secure })
    expect(await checking.ended).toBe(0)
    expect(checking.out).toMatch(new RegExp(`ok +engine +${address} .*, verified by TLS`))
    await using launcher = await launch(world, 'secure', { ...secure, SPACELIFT_LAUNCHER_EXIT_AFTER_JOBS: '1' })
    const stack = await applyStack(people, 'name: by TLS\ntool: custom')
    const task = await startTask(people, stack, 'echo out of an engine elsewhere')
    expect(await launcher.ended).toBe(0)
    await world.reaches(task, ['FINISHED'])
    expect(await logOf(people, task)).toContain('out of an engine elsewhere\n')
  })
})

describe('a launcher that is there for one run', () => {
  it('takes one, and is gone', async () => {
    const { world, people } = await shared()
    await using one = await launch(world, 'one', { SPACELIFT_LAUNCHER_EXIT_AFTER_JOBS: '1' })
    const stack = await applyStack(people, 'name: one\ntool: custom')
    const task = await startTask(people, stack, 'echo only')
    expect(await one.ended).toBe(0)
    await world.reaches(task, ['FINISHED'])
    await until('no worker is left', async () => (await world.cli<unknown[]>(['worker', 'list'])).length === 0)
  })
})
