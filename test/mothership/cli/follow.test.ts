import { describe, expect, it } from 'vitest'
import { aWorker } from '../graphql/fake-services.ts'
import { Stage } from './world.ts'

const worker = aWorker.id

/** A stage whose run goes on by one step at every pause. */
async function stageOf(steps: readonly ((stage: Stage, run: string) => void | Promise<void>)[]): Promise<Stage> {
  const stage = await Stage.start()
  const left = [...steps]
  stage.onPause = async () => {
    await left.shift()?.(stage, stage.world.runs.at(-1)?.id ?? '')
  }
  return stage
}

const state =
  (name: string, entry: object = {}) =>
  (stage: Stage, run: string) =>
    stage.world.move(run, name, { by: null, ...entry })

/** The log of a state of the run, named by `<state>/<version>`. */
const log = (of: string, text: string, ended: boolean) => (stage: Stage, run: string) =>
  void stage.world.logs.set(`${run}/${of}`, { text, ended })

const planned = [
  state('PREPARING', { hasLogs: true, worker }),
  log('PREPARING/2', '[r] Downloading source code...\n', false),
  log('PREPARING/2', '[r] Downloading source code...\n[r] Source code is GO\n', true),
  state('PLANNING', { hasLogs: true, worker }),
  log('PLANNING/3', 'Plan: 1 to add\nno newline at the end', true),
]
const applied = [
  state('APPLYING', { hasLogs: true, worker }),
  log('APPLYING/6', 'Apply complete! ünïcödé\n', true),
  state('FINISHED', { terminal: true }),
]
const finished = state('FINISHED', { terminal: true })

describe('run logs', () => {
  it('-f goes through the phases with their names as headings, to the end', async () => {
    await using stage = await stageOf([...planned, finished])
    stage.world.add({ id: 'r1', state: 'QUEUED' }, [{ state: 'QUEUED' }])
    const { code, out, err } = await stage.run(['run', 'logs', '-f', 'r1'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toBe(
      [
        '== QUEUED ==  by api::01JKEY',
        `== PREPARING ==  worker ${worker}`,
        '[r] Downloading source code...',
        '[r] Source code is GO',
        '',
        `== PLANNING ==  worker ${worker}`,
        'Plan: 1 to add',
        'no newline at the end',
        '',
        '== FINISHED ==',
        '',
      ].join('\n'),
    )
  })

  it('-f ends with 1 when the run does not end well, and says why', async () => {
    await using stage = await stageOf([...planned, state('FAILED', { terminal: true, note: 'exit code 1' })])
    stage.world.add({ id: 'r1', state: 'QUEUED' }, [{ state: 'QUEUED' }])
    const { code, out, err } = await stage.run(['run', 'logs', '-f', 'r1'])
    expect(code).toBe(1)
    expect(out).toMatch(/== FAILED == {2}exit code 1\n$/)
    expect(err).toBe('Run r1 ended as FAILED: exit code 1.\n')
  })

  it('-f says once that a run waits for somebody, and goes on when it was decided', async () => {
    await using stage = await stageOf([
      ...planned,
      state('UNCONFIRMED'),
      () => undefined,
      () => undefined,
      state('CONFIRMED', { by: 'ann' }),
      ...applied,
    ])
    stage.world.add({ id: 'r1', state: 'QUEUED' }, [{ state: 'QUEUED' }])
    const { code, out, err } = await stage.run(['run', 'logs', '-f', 'r1'])
    expect(code).toBe(0)
    expect(err).toBe('Run r1 is UNCONFIRMED: decide with `spacelift-mothership run confirm r1` or `run discard r1`.\n')
    expect(out).toContain(
      `== CONFIRMED ==  by ann\n== APPLYING ==  worker ${worker}\nApply complete! ünïcödé\n\n== FINISHED ==\n`,
    )
  })

  it('-f survives a restart of the mothership, and repeats and loses nothing', async () => {
    await using stage = await stageOf([
      ...planned.slice(0, 2),
      (at) => at.down(),
      () => undefined,
      () => undefined,
      (at) => at.up(),
      ...planned.slice(2),
      finished,
    ])
    stage.world.add({ id: 'r1', state: 'QUEUED' }, [{ state: 'QUEUED' }])
    const { code, out, err } = await stage.run(['run', 'logs', '-f', 'r1'])
    expect(code).toBe(0)
    expect(out.match(/Downloading source code/g)).toHaveLength(1)
    expect(out).toContain('Plan: 1 to add')
    expect(err).toMatch(
      /^Cannot reach the mothership .*\nTrying again for 5 minutes\.\nThe mothership answers again\.\n$/,
    )
  })

  it('-f gives up on a mothership that stays away', async () => {
    await using stage = await stageOf([(at) => at.down()])
    stage.world.add({ id: 'r1', state: 'QUEUED' }, [{ state: 'QUEUED' }])
    const from = stage.world.now
    const { code, err } = await stage.run(['run', 'logs', '-f', 'r1'])
    expect(code).toBe(5)
    expect(err.match(/Cannot reach the mothership/g)).toHaveLength(2)
    expect(stage.world.now - from).toBeGreaterThan(5 * 60_000)
    expect(stage.world.now - from).toBeLessThan(6 * 60_000)
  })

  it('-f does not wait for ever for the rest of a log whose run is over', async () => {
    await using stage = await stageOf([
      state('PLANNING', { hasLogs: true }),
      log('PLANNING/2', 'half a li', false),
      finished,
    ])
    stage.world.add({ id: 'r1', state: 'QUEUED' }, [{ state: 'QUEUED' }])
    const { code, out } = await stage.run(['run', 'logs', '-f', 'r1'])
    expect(code).toBe(0)
    expect(out).toContain('half a li\n\n== FINISHED ==')
  })

  it('without -f shows what is there, and ends with 0', async () => {
    await using stage = await Stage.start()
    stage.world.add({ id: 'r1', state: 'PLANNING' }, [
      { state: 'PLANNING', hasLogs: true, by: null },
      { state: 'QUEUED' },
    ])
    stage.world.logs.set('r1/PLANNING/2', { text: 'so far, and longer than one piece\n', ended: false })
    expect(await stage.run(['run', 'logs', 'r1'])).toEqual({
      code: 0,
      out: '== QUEUED ==  by api::01JKEY\n== PLANNING ==\nso far, and longer than one piece\n',
      err: '',
    })
  })

  it('--phase shows the log of one state and nothing else', async () => {
    await using stage = await stageOf([...planned, finished])
    stage.world.add({ id: 'r1', state: 'QUEUED' }, [{ state: 'QUEUED' }])
    const { out } = await stage.run(['run', 'logs', '-f', '--phase', 'planning', 'r1'])
    expect(out).toBe('Plan: 1 to add\nno newline at the end')
  })

  it('--json is an array of states, each with its log', async () => {
    await using stage = await stageOf([...planned, finished])
    stage.world.add({ id: 'r1', state: 'QUEUED' }, [{ state: 'QUEUED' }])
    const { out, err } = await stage.run(['run', 'logs', '-f', 'r1', '--json'])
    expect(err).toBe('')
    expect(JSON.parse(out)).toMatchObject([
      { state: 'QUEUED', stateVersion: 1, text: '' },
      { state: 'PREPARING', worker, text: '[r] Downloading source code...\n[r] Source code is GO\n' },
      { state: 'PLANNING', text: 'Plan: 1 to add\nno newline at the end' },
      { state: 'FINISHED', terminal: true, text: '' },
    ])
    const only = await stage.run(['run', 'logs', 'r1', '--json', '--phase', 'PLANNING'])
    expect(JSON.parse(only.out)).toMatchObject([{ state: 'PLANNING' }])
    expect((await stage.run(['run', 'logs', 'r1', '--json', '--phase', 'APPLYING'])).out).toBe('[]\n')
  })

  it('ends at once when the user interrupts', async () => {
    const interrupt = new AbortController()
    await using stage = await stageOf([() => interrupt.abort()])
    stage.world.add({ id: 'r1', state: 'QUEUED' }, [{ state: 'QUEUED' }])
    const { code, out } = await stage.run(['run', 'logs', '-f', 'r1'], { signal: interrupt.signal })
    expect({ code, out }).toEqual({ code: 130, out: '== QUEUED ==  by api::01JKEY\n' })
  })
})

describe('run trigger', () => {
  it('answers the run without waiting for it', async () => {
    await using stage = await Stage.start()
    const { code, out } = await stage.run(['run', 'trigger', 'network', '--type', 'proposed', '--commit', 'abc'])
    const id = stage.world.runs[0]?.id
    expect({ code, out }).toEqual({
      code: 0,
      out: `Run ${id} is under way. Follow it: spacelift-mothership run logs -f ${id}\n`,
    })
    expect(stage.world.triggered).toMatchObject([{ stack: 'network', type: 'PROPOSED', commit: 'abc' }])
    expect(await stage.run(['run', 'trigger', 'nope'])).toMatchObject({ code: 3, out: '' })
    expect(await stage.run(['run', 'trigger', 'network', '--type', 'task'])).toMatchObject({ code: 2, out: '' })
  })

  it.each([
    ['FINISHED', 0],
    ['FAILED', 1],
    ['DISCARDED', 1],
    ['CANCELED', 1],
  ])('--wait of a run that ends as %s ends with %i', async (end, code) => {
    await using stage = await stageOf([state('PLANNING', { hasLogs: true }), state(end, { terminal: true })])
    const ended = await stage.run(['run', 'trigger', 'network', '--wait'])
    expect(ended).toMatchObject({ code, out: `Run ${stage.world.runs[0]?.id} is ${end}.\n` })
  })

  it('--wait of a run that waits for a decision ends with 4 and says how to decide', async () => {
    await using stage = await stageOf([state('UNCONFIRMED')])
    const { code, out, err } = await stage.run(['run', 'trigger', 'network', '--wait', '--json'])
    expect(code).toBe(4)
    expect(JSON.parse(out)).toMatchObject({ state: 'UNCONFIRMED', finished: false })
    expect(err).toContain(`run confirm ${stage.world.runs[0]?.id}`)
  })

  it('--wait --confirm confirms and goes on', async () => {
    await using stage = await stageOf([state('UNCONFIRMED'), ...applied])
    const { code, out, err } = await stage.run(['run', 'trigger', 'network', '--wait', '--confirm'])
    expect(err).toBe(`Run ${stage.world.runs[0]?.id} of stack network is under way.\n`)
    expect({ code, out }).toEqual({ code: 0, out: `Run ${stage.world.runs[0]?.id} is FINISHED.\n` })
    expect(stage.world.histories.get(stage.world.runs[0]?.id ?? '')?.map((entry) => entry.state)).toContain('CONFIRMED')
  })

  it('--follow shows the log, with --json on standard error', async () => {
    await using stage = await stageOf([...planned, finished])
    const { code, out, err } = await stage.run(['run', 'trigger', 'network', '--follow', '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ state: 'FINISHED', finished: true })
    expect(err).toContain('Plan: 1 to add')
    await using again = await stageOf([...planned, finished])
    expect((await again.run(['run', 'trigger', 'network', '--follow'])).out).toContain('Plan: 1 to add')
  })
})

describe('task', () => {
  it.each([
    [['tofu output -json | jq .'], 'tofu output -json | jq .'],
    [['ls', '-la', 'my dir', "it's"], String.raw`ls -la 'my dir' 'it'\''s'`],
  ])('sends %j as %s', async (words, command) => {
    await using stage = await Stage.start()
    const { code, out } = await stage.run(['task', 'network', '--skip-initialization', '--json', '--', ...words])
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ type: 'TASK', command })
    expect(stage.world.triggered).toMatchObject([{ command, skipInitialization: true }])
  })
})
