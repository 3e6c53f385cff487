import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Job } from '../../../protocol/job.ts'
import { LauncherError } from '../../../launcher/src/base/errors.ts'
import { Stop } from '../../../launcher/src/run/outcome.ts'
import { until } from '../../fakes/until.ts'
import { never } from './fake-control.ts'
import { succeeding, World, type Scene } from './world.ts'

/** Plays what a tool does that heeds no signal but SIGKILL. */
const deaf = async ({ mark, stage }: Scene) => {
  await mark('phase PERFORMING')
  await stage.write('deaf\n')
  return await new Promise<number>(() => {})
}

/** Plays a script whose tool ends at the first signal. */
const polite = async ({ mark, stage }: Scene) => {
  await mark('phase PERFORMING')
  await stage.write('working\n')
  const name = await stage.signalled()
  await stage.write(`heard ${name}\n`)
  await mark('end 130 command')
  return 130
}

describe('a job that succeeds', () => {
  it('takes the steps in order, reports the phases and then the end, and leaves nothing', async () => {
    using world = new World({ play: succeeding('INITIALIZING', 'PLANNING') })
    const job = world.job({ type: 'PROPOSED', phases: ['INITIALIZING', 'PLANNING'], image: 'image:1' })
    expect(await world.conduct(job)).toEqual({
      result: 'succeeded',
      changes: true,
      exitCode: 0,
      failure: null,
      workspace: null,
    })
    expect(world.engine.calls.map((call) => call.split(' ')[0])).toEqual([
      'present',
      'create',
      'attach',
      'start',
      'wait',
      'remove',
    ])
    expect(world.control.reports.map((report) => (report.kind === 'phase' ? report.phase : report.kind))).toEqual([
      'INITIALIZING',
      'PLANNING',
      'finished',
    ])
    expect(world.control.reports.map(({ sequence }) => sequence)).toEqual([1, 2, 3])
    expect(world.control.calls.at(-1)).toBe('report')
    expect([world.leftovers, world.engine.containers]).toEqual([[], []])
  })

  it('writes the lines of PREPARING, and reports where in the log each phase begins', async () => {
    using world = new World()
    await world.conduct(world.job({ tool: { name: 'opentofu', version: '1.10.0' } }))
    expect(world.control.text.split('\n')).toEqual(
      [
        'Downloading source code...',
        'Source code is GO',
        'Setting up mounted files...',
        'Mounted files are GO',
        'Configuring file permissions...',
        'Permissions are GO',
        'Evaluating run initialization policy...',
        'No initialization policies attached',
        'Pulling Docker image default:1...',
        'Docker image is GO',
        'Downloading OpenTofu 1.10.0...',
        'half of it',
        'OpenTofu 1.10.0 download is GO',
        'Creating Docker container...',
        'Starting Docker container...',
        'Docker container is GO',
      ]
        .map((line) => `[run] ${line}`)
        .concat('performing', ''),
    )
    const [phase] = world.control.reports
    expect(phase?.kind === 'phase' && world.control.text.slice(phase.logOffset)).toBe('performing\n')
    expect(world.fetched).toEqual(['opentofu 1.10.0'])
  })

  it('asks for the start before it starts, and only once', async () => {
    using world = new World()
    world.control.before('start', () => expect(world.engine.calls.some((call) => call.startsWith('start'))).toBe(false))
    await world.conduct(world.job())
    expect(world.control.calls.filter((call) => call === 'start')).toHaveLength(1)
    expect(world.control.claim).toMatch(/^[0-9A-Z]{26}$/)
  })

  it('seals and uploads the workspace when it pauses, and the next job goes on with it', async () => {
    using world = new World({
      play: async (scene) => {
        const plan = join(scene.workspace, 'source', 'plän file')
        if (scene.stage.plan.labels['io.spacelift-worker.run'] === run && !existsSync(plan)) {
          writeFileSync(plan, 'planned', { mode: 0o750 })
          return await succeeding('PLANNING')(scene)
        }
        await scene.stage.write(readFileSync(plan))
        return await succeeding('APPLYING')(scene)
      },
    })
    const run = '01JD0000000000000000000002'
    const outcome = await world.conduct(world.job({ run, type: 'TRACKED', phases: ['PLANNING'], pause: true }))
    expect(outcome?.workspace?.length).toBe(world.control.workspace.length)
    world.control.reports.length = 0
    world.control.claim = null
    world.control.log = Buffer.alloc(0)
    const second = await world.conduct(
      world.job({ run, type: 'TRACKED', phases: ['APPLYING'], continues: outcome?.workspace ?? null }),
    )
    expect(second).toMatchObject({ result: 'succeeded', changes: null })
    expect(world.control.text).toContain('planned')
    expect(world.control.text).not.toContain('mounted files')
  })

  it('does not wait for the control plane between phases', async () => {
    using world = new World({ play: succeeding('INITIALIZING', 'PLANNING', 'APPLYING') })
    const answered = Promise.withResolvers<void>()
    world.control.before('report', () => answered.promise)
    const conducting = world.conduct(world.job({ type: 'TRACKED', phases: ['INITIALIZING', 'PLANNING', 'APPLYING'] }))
    await until('the end of the container', () => world.engine.calls.some((call) => call.startsWith('remove')))
    expect(world.control.reports).toEqual([])
    answered.resolve()
    await conducting
    expect(world.control.reports).toHaveLength(4)
  })
})

describe('a job that fails', () => {
  const ended =
    (...marks: string[]) =>
    async ({ mark }: Scene) => {
      for (const text of marks) await mark(text)
      return Number(/end (\d+)/.exec(marks.at(-1) ?? '')?.[1] ?? 1)
    }

  it.each([
    [
      'its command',
      ended('phase PERFORMING', 'end 3 command'),
      { code: 'COMMAND_FAILED', message: 'Unexpected exit code when performing the task: 3' },
    ],
    [
      'a hook',
      ended('phase PERFORMING', 'end 3 beforePerform'),
      { code: 'COMMAND_FAILED', message: expect.stringContaining('before_perform hooks: 3') },
    ],
    [
      'a hook that exits with 0',
      ended('phase PERFORMING', 'end 0 beforePerform'),
      { code: 'COMMAND_FAILED', message: expect.stringContaining('exit code 0') },
    ],
    ['its image', ended('end 1 prerequisites'), { code: 'IMAGE_UNUSABLE' }],
    [
      'no end',
      ended('phase PERFORMING'),
      { code: 'COMMAND_FAILED', message: expect.stringContaining('during PERFORMING') },
    ],
    [
      'memory',
      async () => ({ exitCode: 137, oomKilled: true, error: '' }),
      { code: 'OUT_OF_MEMORY', message: expect.stringContaining('512 MiB') },
    ],
    [
      'somebody else',
      async () => ({ exitCode: 137, oomKilled: false, error: '' }),
      { code: 'CONTAINER_LOST', fault: 'host' },
    ],
    [
      'a shell that is not there',
      async () => ({ exitCode: 127, oomKilled: false, error: 'sh: not found' }),
      { code: 'IMAGE_UNUSABLE' },
    ],
    [
      'a shell of another machine',
      async () => ({ exitCode: 1, oomKilled: false, error: '' }),
      { code: 'IMAGE_UNUSABLE', message: expect.stringContaining('/bin/sh did not run (exit code 1)') },
    ],
  ])('says that it was by %s', async (_, play, failure) => {
    using world = new World({ play })
    expect(await world.conduct(world.job())).toMatchObject({ result: 'failed', failure })
    expect([world.leftovers, world.engine.containers]).toEqual([[], []])
  })

  it.each<[string, Partial<Job>, string]>([
    ['an image that is not there', { image: 'missing:1' }, 'IMAGE_NOT_FOUND'],
    ['a project root that is not there', { projectRoot: 'nowhere' }, 'SOURCE_REFUSED'],
    ['a project root outside', { projectRoot: '../..' }, 'SOURCE_REFUSED'],
    ['a mounted file outside', { files: [{ path: '../x', content: '', secret: false }] }, 'FILE_REFUSED'],
    [
      'a source that is no archive',
      {
        source: {
          kind: 'archive',
          length: 0,
          sha256: `${'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'}`,
        },
      },
      'SOURCE_REFUSED',
    ],
    ['a tool that nobody knows', { tool: { name: 'terraform', version: null } }, 'TOOL_UNAVAILABLE'],
  ])('refuses %s before anything is started', async (_, changes, code) => {
    using world = new World({ images: ['default:1'] })
    expect(await world.conduct(world.job(changes))).toMatchObject({ result: 'failed', failure: { code } })
    expect(world.engine.calls.some((call) => /^(create|start)/.test(call))).toBe(false)
    expect(world.control.calls).not.toContain('start')
    expect(world.leftovers).toEqual([])
  })

  it('removes a container whose start was refused, and one that could not be started', async () => {
    using world = new World()
    world.control.before('start', () => {
      throw new LauncherError('CONTROL_REFUSED', 'Somebody else has it.')
    })
    expect(await world.conduct(world.job())).toMatchObject({ failure: { code: 'CONTROL_REFUSED' } })
    using other = new World()
    other.engine.break('start', () => new LauncherError('IMAGE_UNUSABLE', 'No sh.'))
    expect(await other.conduct(other.job())).toMatchObject({ failure: { code: 'IMAGE_UNUSABLE' } })
    expect([world.engine.containers, other.engine.containers]).toEqual([[], []])
    expect(world.engine.calls.some((call) => call.startsWith('start'))).toBe(false)
  })

  it('cleans up and reports nothing when it meets a bug, which it passes on', async () => {
    using world = new World()
    world.engine.break('wait', () => new TypeError('a bug'))
    await expect(world.conduct(world.job())).rejects.toThrow('a bug')
    expect(world.control.reports.some(({ kind }) => kind === 'finished')).toBe(false)
    expect(world.engine.containers).toEqual([])
  })

  it('keeps its end in the journal while nobody hears of it', async () => {
    using world = new World()
    world.control.before('report', (signal) => (world.control.reports.length === 1 ? never(signal) : null))
    const conducting = world.conduct(world.job())
    await until(
      'everything but the report',
      () => world.leftovers.length === 1 && world.control.calls.at(-1) === 'report',
    )
    expect(world.leftovers[0]).toMatch(/^journal\//)
    await until('the deadline', () => world.clock.sleeping.length > 0)
    await world.clock.advance(25 * 60 * 60_000)
    await conducting
    expect(world.leftovers).toHaveLength(1)
  })
})

describe('a job that is to end', () => {
  it('is interrupted, and ends as stopped', async () => {
    using world = new World({ play: polite })
    const ending = new AbortController()
    const conducting = world.conduct(world.job(), ending.signal)
    await until('output', () => world.control.text.includes('working'))
    ending.abort(new Stop('stopped', { by: 'ann', note: 'wrong branch' }))
    expect(await conducting).toMatchObject({
      result: 'stopped',
      exitCode: 130,
      failure: { code: 'STOPPED', message: 'The run was stopped by ann: wrong branch.' },
    })
    expect(world.control.text).toContain('heard SIGINT')
    expect(world.leftovers).toEqual([])
  })

  it('goes down the ladder when the tool heeds nothing', async () => {
    using world = new World({ play: deaf })
    const ending = new AbortController()
    const conducting = world.conduct(world.job(), ending.signal)
    await until('output', () => world.control.text.includes('deaf'))
    ending.abort(new Stop('launcher-stopping'))
    const signals = () =>
      world.engine.calls.filter((call) => call.startsWith('signal')).map((call) => call.split(' ')[2])
    await until('the first signal', () => signals().length === 1)
    await world.clock.advance(29_000)
    expect(signals()).toEqual(['SIGINT'])
    await world.clock.advance(1000)
    await until('the second signal', () => signals().length === 2)
    await until('the wait for what it does', () => world.clock.sleeping.includes(10_000))
    await world.clock.advance(10_000)
    await until('the third signal', () => signals().length === 3)
    expect(signals()).toEqual(['SIGINT', 'SIGTERM', 'SIGKILL'])
    expect(await conducting).toMatchObject({ result: 'failed', failure: { code: 'LAUNCHER_STOPPING' } })
  })

  it('is killed at once if that is the wish, also after a gentler one', async () => {
    using world = new World({ play: deaf })
    const ending = new AbortController()
    const conducting = world.conduct(world.job(), ending.signal)
    await until('output', () => world.control.text.includes('deaf'))
    const stop = new Stop('stopped')
    ending.abort(stop)
    await until('the first signal', () => world.engine.calls.some((call) => call.startsWith('signal')))
    stop.hasten()
    expect(await conducting).toMatchObject({ result: 'stopped', failure: { code: 'STOPPED' } })
    expect(world.engine.calls.filter((call) => call.startsWith('signal')).map((call) => call.split(' ')[2])).toEqual([
      'SIGINT',
      'SIGKILL',
    ])
  })

  it('ends at the run timeout', async () => {
    using world = new World({ play: polite, settings: { logsTimeoutMs: 10_000_000 } })
    const conducting = world.conduct(world.job())
    await until('output', () => world.control.text.includes('working'))
    await world.clock.advance(4_200_000)
    expect(await conducting).toMatchObject({ result: 'failed', failure: { code: 'RUN_TIMEOUT' } })
  })

  it('ends when it is silent for too long, but not while the far end is slow', async () => {
    const taken = Promise.withResolvers<void>()
    using world = new World({ play: polite, backPressure: true })
    world.control.before('appendLog', () =>
      world.engine.calls.some((call) => call.startsWith('wait')) ? taken.promise : null,
    )
    const conducting = world.conduct(world.job())
    await until('the container', () => world.engine.calls.some((call) => call.startsWith('wait')))
    await until('the listeners', () => world.clock.sleeping.length === 3 && world.pieces === 1)
    await world.clock.advance(1_000_000)
    expect(world.engine.calls.some((call) => call.startsWith('signal'))).toBe(false)
    taken.resolve()
    await until('output', () => world.control.text.includes('working'))
    await world.clock.advance(900_000)
    expect(await conducting).toMatchObject({ result: 'failed', failure: { code: 'LOGS_TIMEOUT' } })
  })

  it.each(['fetch', 'download', 'start'] as const)('ends while it waits for %s', async (call) => {
    using world = new World()
    world.control.before(call, never)
    const ending = new AbortController()
    const source =
      call === 'download'
        ? ({ kind: 'archive', length: 1, sha256: '0'.repeat(64) } as const)
        : ({ kind: 'none' } as const)
    const conducting = world.conduct(world.job({ source }), ending.signal)
    await until(call, () => world.control.calls.includes(call))
    ending.abort(new Stop('stopped'))
    expect(await conducting).toMatchObject({ result: 'stopped', failure: { code: 'STOPPED' } })
    expect([world.leftovers, world.engine.containers]).toEqual([[], []])
  })

  it('is succeeded if the script had said so before the stop came', async () => {
    const hold = Promise.withResolvers<void>()
    using world = new World({
      play: async (scene) => {
        const code = await succeeding('PERFORMING')(scene)
        await hold.promise
        return code
      },
    })
    const ending = new AbortController()
    const conducting = world.conduct(world.job(), ending.signal)
    await until('the phase', () => world.control.text.includes('performing'))
    await until('the end mark', () => world.control.reports.length === 1)
    await world.clock.advance(0)
    ending.abort(new Stop('stopped'))
    hold.resolve()
    expect(await conducting).toMatchObject({ result: 'succeeded' })
  })
})

describe('a job that is lost', () => {
  const lost = () => {
    throw new LauncherError('JOB_LOST', 'It is not yours.')
  }

  it.each(['fetch', 'start', 'appendLog', 'report'] as const)(
    'is ended, cleaned up and not reported when %s says so',
    async (call) => {
      using world = new World({ play: polite })
      world.control.before(call, lost)
      await world.conduct(world.job())
      expect(world.control.reports).toEqual([])
      expect([world.leftovers, world.engine.containers]).toEqual([[], []])
    },
  )

  it('is not reported when the orders say so', async () => {
    using world = new World({ play: polite })
    const ending = new AbortController()
    const conducting = world.conduct(world.job(), ending.signal)
    await until('output', () => world.control.text.includes('working'))
    ending.abort(new Stop('job-lost'))
    await conducting
    expect(world.outcome).toBeNull()
    expect(world.leftovers).toEqual([])
  })
})

describe('a state that the tool could not deliver', () => {
  const leaving = async (scene: Scene) => {
    writeFileSync(join(scene.workspace, 'source', 'errored.tfstate'), '{"serial":7}')
    await scene.mark('phase APPLYING')
    await scene.mark('end 1 command')
    return 1
  }

  it('is uploaded', async () => {
    using world = new World({ play: leaving })
    await world.conduct(world.job({ type: 'TRACKED', phases: ['APPLYING'] }))
    expect(world.control.erroredState?.toString()).toBe('{"serial":7}')
    expect(world.control.text).toContain('the launcher has')
    expect(existsSync(join(world.directory, 'rescued'))).toBe(false)
  })

  it('is kept on the worker if that fails, and the run says where', async () => {
    using world = new World({ play: leaving })
    world.control.before('upload', () => {
      throw new LauncherError('CONTROL_REFUSED', 'No.')
    })
    const job = world.job({ type: 'TRACKED', phases: ['APPLYING'] })
    const kept = join(world.directory, 'rescued', job.run, 'errored.tfstate')
    const outcome = await world.conduct(job)
    expect(outcome?.failure?.message).toContain(kept)
    expect(readFileSync(kept, 'utf8')).toBe('{"serial":7}')
    expect(statSync(kept).mode & 0o777).toBe(0o600)
    expect(world.control.text).toContain(kept)
  })

  it('is not looked for among what the job began with', async () => {
    using world = new World({
      play: succeeding('APPLYING'),
    })
    const files = [{ path: 'source/errored.tfstate', content: 'e30=', secret: false }]
    expect(await world.conduct(world.job({ type: 'TRACKED', phases: ['APPLYING'], files }))).toMatchObject({
      result: 'succeeded',
    })
    expect(world.control.erroredState).toBeNull()
  })
})

describe('the state of a stack', () => {
  const state = {
    address: 'https://host.docker.internal:1983/state/x',
    username: 'u',
    password: 'p',
    authority: 'PEM',
    insist: false,
  }
  const files = [
    { path: 'source/main.tf', content: Buffer.from('terraform { backend "s3" {} }').toString('base64'), secret: false },
  ]
  const seen = async (changes: Partial<Job>) => {
    let plan = null
    let override = ''
    using world = new World({
      play: async (scene) => {
        plan = scene.stage.plan
        const path = join(scene.workspace, 'source/ours_override.tf')
        override = existsSync(path) ? readFileSync(path, 'utf8') : ''
        return await succeeding('PERFORMING')(scene)
      },
    })
    await world.conduct(world.job(changes))
    return { plan, override, text: world.control.text }
  }

  it('is kept at the mothership by a file and by environment', async () => {
    const { plan, override } = await seen({ state })
    expect(plan).toMatchObject({
      environment: expect.arrayContaining([
        `TF_HTTP_ADDRESS=${state.address}`,
        'AUTHORITY=/var/spacelift/authority.pem',
      ]),
      extraHosts: ['host.docker.internal:host-gateway'],
    })
    expect(override).toContain('backend "http"')
  })

  it('is left to a backend of the source, unless the stack insists', async () => {
    const own = await seen({ state, files })
    expect([own.override, own.text.includes('backend s3')]).toEqual(['', true])
    const insisted = await seen({ state: { ...state, insist: true }, files })
    expect(insisted.override).toContain('backend "http"')
  })
})
