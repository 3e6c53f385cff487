import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, inject, it, vi } from 'vitest'
import { askEngine } from '../../quickstart/engine/engine-api.ts'
import { allProcesses } from '../../quickstart/processes/identity.ts'
import { freePorts } from '../support/free-ports.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A process and what it says. */
function watch(child: ChildProcess) {
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (output += text))
  const ended = once(child, 'close').then(() => child.exitCode)
  return {
    child,
    output: () => output,
    ended,
    /** Waits until the output holds a text; its end before that is a failure. */
    async says(text: string) {
      while (!output.includes(text)) {
        const over = await Promise.race([ended.then(() => true), once(child.stdout ?? child, 'data').then(() => false)])
        if (over && !output.includes(text)) throw new Error(`it ended without saying ${text}: ${output}`)
      }
    },
  }
}

/** A quickstart in a state directory of its own, with the tests' engine. */
async function world() {
  const directory = await mkdtemp(join(tmpdir(), 'quick-'))
  const [people = 0, broker = 0, launchers = 0] = await freePorts(3)
  const ports = ['--people-port', people, '--broker-port', broker, '--launchers-port', launchers].map(String)
  const { socket } = inject('engine')
  const env = { ...process.env, XDG_STATE_HOME: directory, DOCKER_HOST: `unix://${socket}` }
  const command = [process.execPath, join(root, 'quickstart/bin.js'), ...ports]
  const state = join(directory, 'spacelift-worker/quickstart')
  const started: ChildProcess[] = []

  const watched = (child: ChildProcess) => {
    started.push(child)
    return watch(child)
  }

  return {
    /** Starts it without a terminal. */
    start: (...words: string[]) => watched(spawn(command[0] ?? '', [...command.slice(1), ...words], { env })),
    /** Starts it as a person does, on a terminal as script(1) of util-linux makes one; `exec`, as its shell would die of a Ctrl-C. */
    onTerminal: (...words: string[]) =>
      watched(
        spawn('script', ['-qec', ['exec npm start --', ...ports, ...words].join(' '), '/dev/null'], { env, cwd: root }),
      ),
    /** Our programs that still run. */
    processes: () => allProcesses().filter(({ line }) => line.includes(directory) || line.includes(ports.join(' '))),
    async containers() {
      const path = `/containers/json?all=1&filters=${encodeURIComponent('{"label":["io.spacelift-worker.managed=true"]}')}`
      const all = (await askEngine(socket, { method: 'GET', path, signal: new AbortController().signal })) as object[]
      return all.filter((one) => JSON.stringify(one).includes(directory))
    },
    /** Asks the running mothership, by its command line. */
    async ask(...words: string[]): Promise<{ id: string; state?: string }> {
      const profile = { SPACELIFT_MOTHERSHIP_PROFILE: join(state, 'mothership/profile.json') }
      const command = [join(root, 'mothership/bin.js'), ...words, '--json']
      const { stdout } = await promisify(execFile)(process.execPath, command, { env: { ...env, ...profile } })
      return JSON.parse(stdout) as { id: string; state?: string }
    },
    /** What the workers wrote. */
    workersLog: () =>
      ['worker-1', 'worker-2'].map((name) => readFileSync(join(state, `logs/${name}.log`), 'utf8')).join(''),
    async [Symbol.asyncDispose]() {
      for (const child of started) child.kill('SIGKILL')
      await rm(directory, { recursive: true, force: true })
    },
  }
}

it('plans on one worker, applies on the other, says so, and leaves nothing', async () => {
  await using it = await world()
  const first = it.start('--once')
  expect(await first.ended, first.output()).toBe(0)
  expect(first.output()).toContain('there is no terminal to ask, so it is confirmed')
  expect(first.output()).toContain('A house with 4 windows')
  const [, planner, applier] = /Planned by (worker-[12]), applied by (worker-[12])\./.exec(first.output()) ?? []
  expect(new Set([planner, applier])).toEqual(new Set(['worker-1', 'worker-2']))
  expect(it.processes()).toEqual([])
  expect(await it.containers()).toEqual([])

  const second = it.start()
  expect(await second.ended, second.output()).toBe(0)
  expect(second.output()).toContain('1 to change')
  expect(it.processes()).toEqual([])
})

it('asks on a terminal, stays up, and goes away at Ctrl-C', async () => {
  await using it = await world()
  const run = it.onTerminal()
  await run.says('[y/N]')
  run.child.stdin?.write('y\n')
  await run.says('stays up until Ctrl-C')
  expect(it.processes().length).toBeGreaterThanOrEqual(3)
  run.child.stdin?.write('\x03')
  expect(await run.ended, run.output()).toBe(0)
  expect(it.processes()).toEqual([])
})

it('lets a run in hand end well at one Ctrl-C, which under npm is two signals', async () => {
  await using it = await world()
  const run = it.onTerminal()
  await run.says('[y/N]')
  run.child.stdin?.write('y\n')
  await run.says('stays up until Ctrl-C')
  const task = await it.ask('task', 'hello', 'sleep 600')
  await vi.waitUntil(async () => (await it.ask('run', 'show', task.id)).state === 'PERFORMING', { timeout: 60_000 })
  run.child.stdin?.write('\x03')
  expect(await run.ended, run.output()).toBe(0)
  expect(it.workersLog()).toMatch(/"failure":"LAUNCHER_STOPPING"[^\n]*"msg":"job ended"/)
  expect(it.processes()).toEqual([])
  expect(await it.containers()).toEqual([])
})

it('discards a plan that is not confirmed', async () => {
  await using it = await world()
  const run = it.onTerminal('--once')
  await run.says('[y/N]')
  run.child.stdin?.write('n\n')
  expect(await run.ended, run.output()).toBe(0)
  expect(run.output()).toContain('DISCARDED')
  expect(run.output()).not.toContain('APPLYING')
})

it('goes away fast at a second signal in the middle of a run', async () => {
  await using it = await world()
  const run = it.start()
  await run.says('PLANNING')
  run.child.kill('SIGINT')
  await run.says('once more to end it at once')
  run.child.kill('SIGINT')
  expect(await run.ended, run.output()).toBe(130)
  expect(it.processes()).toEqual([])
  expect(await it.containers()).toEqual([])
})

it('clears what a killed start left, and works', async () => {
  await using it = await world()
  const killed = it.start()
  await killed.says('PLANNING')
  killed.child.kill('SIGKILL')
  await killed.ended
  const next = it.start()
  expect(await next.ended, next.output()).toBe(0)
  expect(it.processes()).toEqual([])
  expect(await it.containers()).toEqual([])
})

it('runs once at a time', async () => {
  await using it = await world()
  const first = it.start()
  await first.says('Control plane')
  const second = it.start()
  expect(await second.ended).toBe(1)
  expect(second.output()).toMatch(/It is running already, as process \d+\.\n$/)
  first.child.kill('SIGTERM')
  expect(await first.ended).toBe(143)
  expect(it.processes()).toEqual([])
})

it('says in one sentence that its directory cannot be written to', async () => {
  const env = { ...process.env, XDG_STATE_HOME: '/dev/null' }
  const run = watch(spawn(process.execPath, [join(root, 'quickstart/bin.js'), '--once'], { env }))
  expect(await run.ended).toBe(1)
  expect(run.output().trim()).toBe(
    '/dev/null/spacelift-worker/quickstart cannot be written to (ENOTDIR): name another place with XDG_STATE_HOME.',
  )
})
