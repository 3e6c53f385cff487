import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { LauncherError } from '../../launcher/src/base/errors.ts'
import type { ContainerPlan, CopiedOutput, Engine } from '../../launcher/src/run/engine.ts'
import { until } from '../fakes/until.ts'

/** What a contract test needs of an engine. */
export interface EngineWorld {
  readonly engine: Engine
  /** An image that is present, and has a shell and BusyBox's or coreutils' `yes`, `head` and `sleep`. */
  readonly image: string
  /** An image that is not present. */
  readonly absent: string
}

const line = 'a line of output that is as long as one of a plan, or a little longer than that, to be on the safe side\n'

/** A shell's command for so many bytes of output, and their sum. */
function flood(bytes: number): { script: string; sha256: string } {
  const text = Buffer.from(line.repeat(Math.ceil(bytes / line.length))).subarray(0, bytes)
  return {
    script: `yes '${line.trim()}' | head -c ${bytes}`,
    sha256: createHash('sha256').update(text).digest('hex'),
  }
}

const never = new AbortController().signal

/** A container and what one does with it. It is removed at the end of the test. */
export async function made(world: EngineWorld, script: string, plan: Partial<ContainerPlan> = {}) {
  const { engine } = world
  const id = await engine.create(planOf(world, script, plan), never)
  onTestFinished(() => engine.remove(id))
  return { id, engine }
}

export function planOf(world: EngineWorld, script: string, plan: Partial<ContainerPlan> = {}): ContainerPlan {
  return {
    name: `contract-${randomUUID()}`,
    image: world.image,
    command: ['/bin/sh', '-c', script],
    environment: [],
    workingDirectory: '/',
    user: '1983:1983',
    mounts: [],
    labels: { 'test.contract': 'yes' },
    network: 'none',
    runtime: null,
    extraHosts: [],
    memoryBytes: null,
    cpus: null,
    pids: 200,
    ...plan,
  }
}

/** A container that was attached to and started. */
export async function started(world: EngineWorld, script: string, plan: Partial<ContainerPlan> = {}) {
  const { id, engine } = await made(world, script, plan)
  const output = await engine.attach(id, never)
  await engine.start(id, never)
  return { id, engine, output }
}

export async function textOf(output: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of output) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

/** The whole of the engine's copy of the output. */
export async function copyOf(copy: AsyncIterable<CopiedOutput>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const { bytes } of copy) chunks.push(bytes)
  return Buffer.concat(chunks)
}

/** The output, as far as it has come. */
function gathered(output: AsyncIterable<Uint8Array>): { text: string; end: Promise<void> } {
  const seen = { text: '', end: Promise.resolve() }
  seen.end = (async () => {
    for await (const chunk of output) seen.text += Buffer.from(chunk).toString('utf8')
  })()
  return seen
}

export async function codeOf(call: Promise<unknown>): Promise<string> {
  const error: unknown = await call.then(
    () => 'no error',
    (reason: unknown) => reason,
  )
  return error instanceof LauncherError ? error.code : String(error)
}

/** Waits in a child of a child of the first process, and says what reached it. The shells around it only wait. */
const waitsInside = `
trap : INT TERM
sh -c 'trap "echo inside: INT; exit 7" INT; trap "echo inside: TERM; exit 8" TERM; echo ready; while :; do sleep 0.1; done'
exit $?`

/** What every Engine must do, whatever it is made of. `make` may give the same one each time. */
export function describeEngine(name: string, make: () => Promise<EngineWorld>): void {
  describe(`${name} engine`, () => {
    describeOutput(make)
    describeEnd(make)
    describeSignals(make)
    describeContainers(make)
  })
}

function describeOutput(make: () => Promise<EngineWorld>): void {
  it('gives everything that a container writes on both streams, from the first byte, and ends with it', async () => {
    const { output, engine, id } = await started(await make(), 'echo one; echo two >&2; sleep 0.3; printf three')
    const [text, exit] = await Promise.all([textOf(output), engine.wait(id, never)])
    expect(text.replace('one\n', '').replace('two\n', '')).toBe('three')
    expect(exit).toEqual({ exitCode: 0, oomKilled: false, error: '' })
  })

  it('gives 50 MB of output whole', async () => {
    const { script, sha256 } = flood(50_000_000)
    const { output } = await started(await make(), script)
    const hash = createHash('sha256')
    for await (const chunk of output) hash.update(chunk)
    expect(hash.digest('hex')).toBe(sha256)
  })

  it('slows the container down while nobody reads, and loses nothing', async () => {
    const { script, sha256 } = flood(10_000_000)
    const { output, engine, id } = await started(await make(), script)
    const hash = createHash('sha256')
    let paused = false
    for await (const chunk of output) {
      hash.update(chunk)
      if (paused) continue
      // Longer than a daemon waits for what a dead container has left in its pipes.
      await delay(3000)
      expect(await engine.inspect(id)).toEqual({ state: 'running' })
      paused = true
    }
    expect(hash.digest('hex')).toBe(sha256)
    expect((await engine.wait(id, never)).exitCode).toBe(0)
  })

  it('gives a copy of the output again, from the beginning, of a container that runs and of one that has ended', async () => {
    const { output, engine, id } = await started(await make(), 'echo one; sleep 0.5; echo two')
    const attached = gathered(output)
    await until('the first line', () => attached.text.includes('one'))
    expect((await copyOf(await engine.output(id, { signal: never }))).toString()).toBe('one\ntwo\n')
    await attached.end
    expect((await copyOf(await engine.output(id, { signal: never }))).toString()).toBe('one\ntwo\n')
  })

  it('rejects reading with the reason of the signal, and the container lives on', async () => {
    const { engine, id } = await made(await make(), 'while :; do echo x; sleep 0.1; done')
    const ending = new AbortController()
    const output = await engine.attach(id, ending.signal)
    await engine.start(id, never)
    const reading = textOf(output)
    const copying = copyOf(await engine.output(id, { signal: ending.signal }))
    ending.abort(new Error('enough read'))
    await expect(reading).rejects.toThrow('enough read')
    await expect(copying).rejects.toThrow('enough read')
    expect(await engine.inspect(id)).toEqual({ state: 'running' })
  })
}

function describeEnd(make: () => Promise<EngineWorld>): void {
  it.each([0, 1, 2, 42, 125, 126, 127, 128, 130, 137, 139, 143, 254, 255])('tells the exit code %i', async (code) => {
    const { output, engine, id } = await started(await make(), `exit ${code}`)
    const [, exit] = await Promise.all([textOf(output), engine.wait(id, never)])
    expect(exit.exitCode).toBe(code)
    expect(await engine.inspect(id)).toEqual({ state: 'exited', exit })
  })

  it('tells the end to whoever waits before it, and after it, however often', async () => {
    const { output, engine, id } = await started(await make(), 'sleep 0.3; exit 4')
    const early = [engine.wait(id, never), engine.wait(id, never)]
    await textOf(output)
    expect((await Promise.all([...early, engine.wait(id, never)])).map((exit) => exit.exitCode)).toEqual([4, 4, 4])
  })

  it('rejects waiting with the reason of the signal, and the container lives on', async () => {
    const { engine, id } = await started(await make(), 'sleep 100')
    const ending = new AbortController()
    const waiting = engine.wait(id, ending.signal)
    ending.abort(new Error('waited enough'))
    await expect(waiting).rejects.toThrow('waited enough')
    await expect(engine.wait(id, AbortSignal.abort(new Error('before')))).rejects.toThrow('before')
    expect(await engine.inspect(id)).toEqual({ state: 'running' })
  })
}

function describeSignals(make: () => Promise<EngineWorld>): void {
  it.each([
    ['SIGINT', 'inside: INT', 7],
    ['SIGTERM', 'inside: TERM', 8],
  ] as const)('brings %s to a process that other processes wait for', async (signal, said, code) => {
    const { output, engine, id } = await started(await make(), waitsInside)
    const seen = gathered(output)
    await until('the process inside is ready', () => seen.text.includes('ready'))
    await engine.signal(id, signal)
    expect((await engine.wait(id, never)).exitCode).toBe(code)
    await seen.end
    expect(seen.text).toContain(said)
  })

  it('kills what ignores every other signal', async () => {
    const { output, engine, id } = await started(
      await make(),
      `trap '' INT TERM; echo ready; while :; do sleep 0.1; done`,
    )
    const seen = gathered(output)
    await until('it is ready', () => seen.text.includes('ready'))
    await engine.signal(id, 'SIGTERM')
    expect(await engine.inspect(id)).toEqual({ state: 'running' })
    await engine.signal(id, 'SIGKILL')
    expect((await engine.wait(id, never)).exitCode).toBe(137)
  })

  it('knows whether a container was killed through it, or killed itself', async () => {
    const world = await make()
    const killed = await started(world, 'sleep 100')
    await killed.engine.signal(killed.id, 'SIGKILL')
    const own = await started(world, 'exit 137')
    await Promise.all([killed, own].map(({ engine, id }) => engine.wait(id, never)))
    expect(await killed.engine.killedBy(killed.id)).toBe('api')
    expect(await own.engine.killedBy(own.id)).toBeNull()
  })

  it('takes every signal for a container that has ended', async () => {
    const { output, engine, id } = await started(await make(), 'exit 0')
    await Promise.all([textOf(output), engine.wait(id, never)])
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) await engine.signal(id, signal)
    expect(await engine.inspect(id)).toMatchObject({ state: 'exited', exit: { exitCode: 0 } })
  })
}

function describeContainers(make: () => Promise<EngineWorld>): void {
  it('says what became of a container', async () => {
    const { engine, id } = await made(await make(), 'sleep 100')
    expect(await engine.inspect(id)).toEqual({ state: 'created' })
    await engine.attach(id, never)
    await engine.start(id, never)
    expect(await engine.inspect(id)).toEqual({ state: 'running' })
    await engine.remove(id)
    expect(await engine.inspect(id)).toEqual({ state: 'gone' })
  })

  it('removes what runs, what never ran, and what is not there', async () => {
    const world = await make()
    const { engine, id, output } = await started(world, 'sleep 100')
    const created = await made(world, 'true')
    const reading = textOf(output).catch(() => '')
    await Promise.all([engine.remove(id), engine.remove(created.id)])
    await Promise.all([engine.remove(id), engine.remove(created.id)])
    await reading
    expect(await engine.inspect(id)).toEqual({ state: 'gone' })
  })

  it('finds containers by all of their labels, running or not, and no others', async () => {
    const world = await make()
    const mine = randomUUID()
    const ids = await Promise.all(
      ['a', 'b'].map(async (run) => (await made(world, 'true', { labels: { mine, run } })).id),
    )
    const running = await started(world, 'sleep 100', { labels: { mine, run: 'c' } })
    const found = async (labels: Record<string, string>) => (await world.engine.list(labels)).map(({ id }) => id).sort()
    expect(await found({ mine })).toEqual([...ids, running.id].sort())
    expect(await found({ mine, run: 'b' })).toEqual([ids[1]])
    expect(await found({ mine: 'other' })).toEqual([])
    expect((await world.engine.list({ mine, run: 'c' }))[0]?.labels).toMatchObject({ mine, run: 'c' })
  })

  it('gives the environment as it is', async () => {
    const environment = ['PLAIN=1', 'SPACES= a  b ', 'EQUALS=a=b', 'LINES=a\nb', 'UNICODE=grün ☂', 'EMPTY=']
    const script = `printf '<%s>' "$PLAIN" "$SPACES" "$EQUALS" "$LINES" "$UNICODE" "\${EMPTY-unset}"`
    const { output } = await started(await make(), script, { environment })
    expect(await textOf(output)).toBe('<1>< a  b ><a=b><a\nb><grün ☂><>')
  })

  it('knows which images it has, and refuses to create from one that it has not', async () => {
    const world = await make()
    expect(await world.engine.present(world.image, never)).toBe(true)
    expect(await world.engine.present(world.absent, never)).toBe(false)
    expect(await codeOf(world.engine.create(planOf(world, 'true', { image: world.absent }), never))).toBe(
      'IMAGE_NOT_FOUND',
    )
  })

  it('tells calls about a container that is gone that it is lost', async () => {
    const { engine, id } = await made(await make(), 'true')
    await engine.remove(id)
    expect(await codeOf(engine.attach(id, never))).toBe('CONTAINER_LOST')
    expect(await codeOf(engine.start(id, never))).toBe('CONTAINER_LOST')
    expect(await codeOf(engine.wait(id, never))).toBe('CONTAINER_LOST')
  })

  it('says who it is', async () => {
    const info = await (await make()).engine.info(never)
    expect(info.cpus).toBeGreaterThan(0)
    expect(info.memoryBytes).toBeGreaterThan(0)
    expect(info.apiVersion).toMatch(/^\d+\.\d+$/)
  })
}
