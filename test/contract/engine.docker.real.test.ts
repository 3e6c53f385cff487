import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { DockerEngine } from '../../launcher/src/engine/docker-engine.ts'
import { codeOf, describeEngine, planOf, started, textOf, type EngineWorld } from './engine.contract.ts'
import { startRegistry } from './registry.ts'
import '../support/provided.ts'

const { socket, image } = inject('engine')
const engine = new DockerEngine(`unix://${socket}`)
const world: EngineWorld = { engine, image, absent: 'localhost/not-there:1' }
const never = new AbortController().signal
const quiet = { signal: never, progress: () => {} }

describeEngine('docker', async () => world)

describe('docker engine', () => {
  it.each([
    ['missing', 'IMAGE_NOT_FOUND'],
    ['nameless', 'IMAGE_NOT_FOUND'],
    ['private', 'REGISTRY_REFUSED'],
    ['denied', 'REGISTRY_REFUSED'],
    ['limited', 'REGISTRY_REFUSED'],
    ['failing', 'REGISTRY_UNREACHABLE'],
    ['closed', 'REGISTRY_UNREACHABLE'],
    ['damaged', 'ENGINE_FAILED'],
  ])('classifies a pull from a registry whose repository is %s as %s', async (repository, code) => {
    await using registry = await startRegistry()
    expect(await codeOf(engine.pull(`${registry.host}/${repository}:1`, quiet))).toBe(code)
  })

  it('tells a registry that does not answer and a name that is none', async () => {
    expect(await codeOf(engine.pull('127.0.0.1:9/x', quiet))).toBe('REGISTRY_UNREACHABLE')
    expect(await codeOf(engine.pull('No Name', quiet))).toBe('IMAGE_NOT_FOUND')
  })

  it('pulls an image, after which it is present, and rejects a pull with the reason of its signal', async () => {
    await using registry = await startRegistry()
    const name = `${registry.host}/good:1`
    await expect(engine.pull(name, { ...quiet, signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow('no')
    await engine.pull(name, quiet)
    expect(await engine.present(name, never)).toBe(true)
  })

  it('tells an image without the command, and a mount whose source is missing', async () => {
    await using registry = await startRegistry()
    const shellless = `${registry.host}/good:2`
    await engine.pull(shellless, quiet)
    const { output, id } = await started(world, 'true', { image: shellless })
    const [, code] = await Promise.all([textOf(output), codeOf(engine.wait(id, never))])
    expect(code).toBe('IMAGE_UNUSABLE')
    const mounts = [{ source: '/not/there', target: '/x', readOnly: true }]
    expect(await codeOf(engine.create(planOf(world, 'true', { mounts }), never))).toBe('ENGINE_FAILED')
  })

  it('mounts directories, read-only where that is said, in the working directory and as the user of the plan', async () => {
    const source = await mkdtemp(join(tmpdir(), 'mount-'))
    onTestFinished(() => rm(source, { recursive: true }))
    await writeFile(join(source, 'file'), 'content')
    const mounts = [{ source, target: '/mnt/x', readOnly: true }]
    const script = 'cat /mnt/x/file; touch /mnt/x/new 2>/dev/null || echo " refused"; pwd; id -u; cat /proc/1/comm'
    const { output } = await started(world, script, { mounts, workingDirectory: '/mnt/x', user: '0:0' })
    expect(await textOf(output)).toBe('content refused\n/mnt/x\n0\ndocker-init\n')
  })

  it('limits processes and forbids new privileges', async () => {
    const script =
      'grep NoNewPrivs /proc/self/status; cat /proc/self/oom_score_adj; ulimit -c >/dev/null; for i in 1 2 3 4 5 6 7 8; do sleep 5 & done'
    const { output, id } = await started(world, script, { pids: 5 })
    const text = await textOf(output)
    expect(text).toMatch(/NoNewPrivs:\s1\n500\n/)
    expect(text).toContain('fork')
    expect((await engine.wait(id, never)).exitCode).not.toBe(0)
  })

  it('says that a container ran out of memory', async () => {
    const script = 'head -c 200000000 /dev/zero | tail -c 199999999 > /dev/null; exit $?'
    const { output, id } = await started(world, script, { memoryBytes: 32 * 1024 * 1024 })
    await textOf(output)
    expect(await engine.wait(id, never)).toMatchObject({ oomKilled: true })
  })

  it('lets a reader leave in the middle', async () => {
    const { output, id } = await started(world, 'echo first; sleep 0.2; echo second')
    for await (const chunk of output) {
      expect(String(Buffer.from(chunk))).toBe('first\n')
      break
    }
    expect((await engine.wait(id, never)).exitCode).toBe(0)
  })

  it('loses nothing of a container that ends while its reader stalls', async () => {
    // What fits the pipes and buffers between the two depends on the machine: of these sizes, some end in the critical place.
    const sizes = Array.from({ length: 16 }, (_, index) => 1_250_000 + index * 25_000)
    const lengths = await Promise.all(sizes.map(async (size) => (await stalledRead(size)).length))
    expect(lengths).toEqual(sizes)
  })

  it('tells a container that was removed while it was waited for', async () => {
    const { id, output } = await started(world, 'sleep 100')
    const reading = textOf(output).catch(() => '')
    const waiting = codeOf(engine.wait(id, never))
    await engine.remove(id)
    expect(await waiting).toBe('CONTAINER_LOST')
    await reading
  })

  it('tells a daemon that is not there, and an address that is none', async () => {
    const nobody = new DockerEngine('unix:///not/there.sock')
    expect(await codeOf(nobody.info(never))).toBe('ENGINE_UNREACHABLE')
    expect(await codeOf(nobody.list({}))).toBe('ENGINE_UNREACHABLE')
    expect(() => new DockerEngine('ssh://host')).toThrow('expected unix:///PATH or tcp://HOST:PORT')
  })

  it('refuses an environment that no process can be given, without a word of its values', async () => {
    const plan = planOf(world, 'true', { environment: ['GOOD=hunter1', 'BAD=hunter2\0'] })
    const error: unknown = await engine.create(plan, never).catch((reason: unknown) => reason)
    expect(String(error)).toContain('BAD')
    expect(String(error)).not.toContain('hunter')
  })
})

async function stalledRead(size: number): Promise<{ length: number }> {
  const { id, output } = await started(world, `head -c ${size} /dev/zero`)
  let length = 0
  let first = true
  for await (const chunk of output) {
    length += chunk.length
    // The daemon waits for two seconds.
    if (first) await new Promise((resolve) => setTimeout(resolve, 6000))
    first = false
  }
  expect((await engine.wait(id, never)).exitCode).toBe(0)
  return { length }
}
