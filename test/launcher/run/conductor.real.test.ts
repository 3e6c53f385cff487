import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, inject, it } from 'vitest'
import type { Job } from '../../../protocol/job.ts'
import type { Outcome } from '../../../protocol/report.ts'
import { systemClock } from '../../../launcher/src/base/clock.ts'
import { DockerEngine } from '../../../launcher/src/engine/docker-engine.ts'
import { jobLogs } from '../../../launcher/src/job-log.ts'
import { Conductor } from '../../../launcher/src/run/conductor.ts'
import { Stop } from '../../../launcher/src/run/outcome.ts'
import type { RunSettings } from '../../../launcher/src/run/run.ts'
import type { PhaseCommands } from '../../../launcher/src/run/tool.ts'
import { sampleJob } from '../../fakes/jobs.ts'
import { until } from '../../fakes/until.ts'
import '../../support/provided.ts'
import { FakeControl } from './fake-control.ts'
import { fakeTool, keys, worker } from './world.ts'

const run = '01JD0000000000000000000002'
const nothing: PhaseCommands = {
  INITIALIZING: ':',
  PLANNING: ':',
  APPLYING: ':',
  DESTROYING: ':',
  changesExitCode: null,
}

/** A conductor on a Docker engine, with a control plane in memory. */
class World implements Disposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'launcher-'))
  readonly control = new FakeControl()
  readonly engine = new DockerEngine(`unix://${inject('engine').socket}`)
  readonly conductor: Conductor

  constructor(commands: Partial<PhaseCommands> = {}, settings: Partial<RunSettings> = {}) {
    const tool = { ...fakeTool, commands: async () => ({ ...nothing, ...commands }) }
    this.conductor = new Conductor({
      engine: this.engine,
      control: this.control,
      binaries: { directory: async () => '/nowhere' },
      tools: new Map([['opentofu', tool]]),
      keys,
      openLog: jobLogs({ clock: systemClock, copyTo: null }),
      clock: systemClock,
      log: pino({ level: 'silent' }),
      settings: {
        directory: this.directory,
        defaultImage: inject('engine').image,
        allowedImageHosts: null,
        authorities: [],
        pullPolicy: 'if-not-present',
        network: 'none',
        runtime: null,
        memoryBytes: null,
        cpus: null,
        pids: 200,
        passed: [],
        masked: [],
        mounts: [],
        runTimeoutMs: 120_000,
        logsTimeoutMs: 60_000,
        graces: { interruptMs: 30_000, terminateMs: 10_000, killMs: 10_000 },
        debug: false,
        launcherVersion: '0',
        ...settings,
      },
    })
  }

  async conduct(changes: Partial<Job>, signal = new AbortController().signal): Promise<Outcome | null> {
    this.control.reports.length = 0
    this.control.claim = null
    this.control.log = Buffer.alloc(0)
    const job = sampleJob(worker, { run, tool: { name: 'opentofu', version: null }, ...changes })
    this.control.jobs.set(job.id, job)
    await this.conductor.conduct(job.id, signal)
    const last = this.control.reports.at(-1)
    return last?.kind === 'finished' ? last.outcome : null
  }

  get lines(): string[] {
    return this.control.text.split('\n')
  }

  async leftovers(): Promise<unknown[]> {
    const files = ['jobs', 'journal'].flatMap((name) => readdirSync(join(this.directory, name)))
    return [...files, ...(await this.engine.list({ 'io.spacelift-worker.run': run }))]
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true })
  }
}

it('runs a task as the runner, in its own container, and leaves nothing', async () => {
  using world = new World()
  const command = 'id -u; pwd; touch "$HOME/x" ../y && echo writable; echo "$SECRET"; cat /proc/1/comm'
  const environment = [{ name: 'SECRET', value: 'hunter2-secret', secret: true, access: 'both' as const }]
  expect(await world.conduct({ command, environment })).toMatchObject({ result: 'succeeded', exitCode: 0 })
  expect(world.lines).toEqual(
    expect.arrayContaining(['1983', '/mnt/workspace/source', 'writable', '*****', 'docker-init']),
  )
  expect(world.lines).toContain(`[${run}] Successfully verified container image prerequisites`)
  expect(await world.leftovers()).toEqual([])
})

it('hands a sealed workspace over to the next container', async () => {
  const PLANNING = '(echo "$PWD" > "plan ü"; chmod 700 "plan ü"; ln -s /plugins here; exit 2)'
  using world = new World({ PLANNING, APPLYING: 'cat "plan ü"; readlink here; rm here', changesExitCode: 2 })
  const paused = await world.conduct({ type: 'TRACKED', phases: ['INITIALIZING', 'PLANNING'], pause: true })
  expect(paused).toMatchObject({ result: 'succeeded', changes: true })
  const continues = paused?.workspace ?? null
  expect(await world.conduct({ type: 'TRACKED', phases: ['APPLYING'], continues })).toMatchObject({
    result: 'succeeded',
  })
  expect(world.lines).toEqual(expect.arrayContaining(['/mnt/workspace/source', '/plugins']))
  expect(await world.leftovers()).toEqual([])
})

it('tells how a command failed', async () => {
  using world = new World({ PLANNING: 'echo failing; false' })
  const hooks = { afterRun: ['echo "final $TF_VAR_spacelift_final_run_state"'] }
  expect(await world.conduct({ type: 'PROPOSED', phases: ['PLANNING'], hooks })).toMatchObject({
    result: 'failed',
    exitCode: 1,
    failure: { code: 'COMMAND_FAILED', message: 'Unexpected exit code when planning changes: 1' },
  })
  expect(world.lines).toContain('final FAILED')
})

it.each([
  ['stopped', 'STOPPED', true],
  ['killed', 'KILLED', false],
] as const)('ends a run that is %s', async (cause, code, politely) => {
  using world = new World()
  const ending = new AbortController()
  const hooks = { afterRun: ['echo "final $TF_VAR_spacelift_final_run_state"'] }
  const command = `sh -c 'trap "echo saved; exit 1" INT; echo ready; while :; do sleep 0.1; done'; echo survived`
  const conducting = world.conduct({ command, hooks }, ending.signal)
  await until('the tool', () => world.lines.includes('ready'))
  ending.abort(new Stop(cause))
  expect(await conducting).toMatchObject({ result: 'stopped', failure: { code } })
  expect([world.lines.includes('saved'), world.lines.includes('final STOPPED')]).toEqual([politely, politely])
  expect(await world.leftovers()).toEqual([])
})

it('keeps every byte of a large output', async () => {
  using world = new World()
  await world.conduct({ command: 'yes 0123456789012345678901234567890123456789 | head -n 500000' })
  expect(world.lines.filter((line) => line === '0123456789012345678901234567890123456789')).toHaveLength(500_000)
})

it('tells a container that somebody removed', async () => {
  using world = new World()
  const conducting = world.conduct({ command: 'echo ready; sleep 100' })
  await until('the tool', () => world.lines.includes('ready'))
  for (const { id } of await world.engine.list({ 'io.spacelift-worker.run': run })) await world.engine.remove(id)
  expect(await conducting).toMatchObject({ result: 'failed', failure: { code: 'CONTAINER_LOST', fault: 'host' } })
})
