import { describe, expect, it } from 'vitest'
import { aWorker, newYear } from '../graphql/fake-services.ts'
import { Stage } from './world.ts'

describe('run', () => {
  it('list shows the newest runs of all stacks, or those that are asked for', async () => {
    await using stage = await Stage.start()
    stage.world.add({ id: 'r1', state: 'FINISHED', finished: true })
    stage.world.add({ id: 'r2', stack: 'other', type: 'TASK', state: 'PLANNING', note: 'two\nlines' })
    expect((await stage.run(['run', 'list'])).out).toBe(
      [
        'ID  STACK    TYPE     STATE     CHANGES  SINCE    CREATED  BY           NOTE',
        'r2  other    TASK     PLANNING           40s ago  50s ago  api::01JKEY  two lines',
        'r1  network  TRACKED  FINISHED           40s ago  50s ago  api::01JKEY',
        '',
      ].join('\n'),
    )
    expect(
      JSON.parse((await stage.run(['run', 'list', 'network', '--type', 'tracked', '--limit', '1', '--json'])).out),
    ).toEqual([
      {
        id: 'r1',
        stack: 'network',
        type: 'TRACKED',
        state: 'FINISHED',
        title: 'Manual run',
        command: null,
        note: null,
        finished: true,
        prioritized: false,
        delta: null,
        triggeredBy: 'api::01JKEY',
        createdAt: newYear / 1000 + 10,
        updatedAt: newYear / 1000 + 20,
      },
    ])
    expect(await stage.run(['run', 'list', '--type', 'nope'])).toMatchObject({ code: 2, out: '' })
    expect(await stage.run(['run', 'list', '--limit', '0'])).toMatchObject({ code: 2, out: '' })
  })

  it('list colours states on a terminal, unless the user does not want it', async () => {
    await using stage = await Stage.start()
    stage.world.add({ state: 'FAILED' })
    const env = stage.credentials()
    expect((await stage.run(['run', 'list'], { isTTY: true })).out).toContain('\u001b[31mFAILED\u001b[39m  ')
    expect((await stage.run(['run', 'list'], { isTTY: true, env: { ...env, NO_COLOR: '1' } })).out).not.toContain(
      '\u001b',
    )
  })

  it('show tells a run and its history, oldest first', async () => {
    await using stage = await Stage.start()
    stage.world.add({ id: 'r1', state: 'FAILED', note: 'exit code 1' }, [
      { state: 'FAILED', by: null, note: 'exit code 1', at: newYear + 30_000, terminal: true },
      { state: 'PLANNING', by: null, worker: aWorker.id, at: newYear + 20_000 },
      { state: 'QUEUED' },
    ])
    const { out } = await stage.run(['run', 'show', 'r1'])
    expect(out).toBe(
      [
        'Run        r1',
        'Stack      network',
        'Type       TRACKED',
        'State      FAILED',
        'Title      Manual run',
        'Triggered  50s ago by api::01JKEY',
        'Note       exit code 1',
        '',
        'STATE     SINCE    BY           WORKER                      NOTE',
        'QUEUED    50s ago  api::01JKEY',
        'PLANNING  40s ago               01JWRKER000000000000000001',
        'FAILED    30s ago                                           exit code 1',
        '',
      ].join('\n'),
    )
    const json = JSON.parse((await stage.run(['run', 'show', 'r1', '--json'])).out) as object
    expect(json).toMatchObject({
      id: 'r1',
      stack: 'network',
      history: [{ state: 'QUEUED' }, { worker: aWorker.id }, { terminal: true }],
    })
  })

  it('of an unknown id is not found', async () => {
    await using stage = await Stage.start()
    for (const command of ['show', 'logs', 'confirm', 'stop']) {
      expect(await stage.run(['run', command, 'nope'])).toEqual({ code: 3, out: '', err: 'There is no run nope.\n' })
    }
  })

  it.each([
    { command: 'confirm', from: 'UNCONFIRMED', to: 'CONFIRMED', sentence: 'Run r1 is confirmed.' },
    { command: 'discard', from: 'UNCONFIRMED', to: 'DISCARDED', sentence: 'Run r1 is discarded.' },
    { command: 'stop', from: 'PLANNING', to: 'STOPPED', sentence: 'Run r1 was asked to stop.' },
    { command: 'kill', from: 'APPLYING', to: 'STOPPED', sentence: 'Run r1 is being killed.' },
    { command: 'cancel', from: 'QUEUED', to: 'CANCELED', sentence: 'Run r1 is canceled.' },
  ])('$command takes a run that is $from, and no other', async ({ command, from, to, sentence }) => {
    await using stage = await Stage.start()
    stage.world.add({ id: 'r1', state: from })
    expect(await stage.run(['run', command, 'r1'])).toEqual({ code: 0, out: `${sentence}\n`, err: '' })
    expect(stage.world.runs[0]?.state).toBe(to)
    const again = await stage.run(['run', command, 'r1', '--json'])
    expect(again).toMatchObject({ code: 4, out: '', err: expect.stringContaining(`r1 is ${to}`) })
  })

  it('confirm and trigger take metadata along', async () => {
    await using stage = await Stage.start()
    stage.world.add({ id: 'r1', state: 'UNCONFIRMED' })
    await stage.run(['run', 'confirm', 'r1', '--metadata', 'a', '--metadata', 'b, c'])
    expect(stage.world.confirmedWith).toEqual([['a', 'b, c']])
    await stage.run(['run', 'trigger', 'network', '--metadata', 'ü'])
    await stage.run(['task', 'network', '--metadata', 'd', '--', 'true'])
    expect(stage.world.triggered.map(({ metadata }) => metadata)).toEqual([['ü'], ['d']])
    const odd = await stage.run(['run', 'trigger', 'network', '--metadata', 'two\nlines'])
    expect(odd).toMatchObject({ code: 2, err: expect.stringContaining('--metadata: expected one line') })
  })

  it('stop takes a note along', async () => {
    await using stage = await Stage.start()
    stage.world.add({ id: 'r1', state: 'PLANNING' })
    const { out } = await stage.run(['run', 'stop', 'r1', '--note', 'zu langsam', '--json'])
    expect(JSON.parse(out)).toMatchObject({ id: 'r1', state: 'STOPPED', note: 'zu langsam' })
  })

  it('retry answers the new run', async () => {
    await using stage = await Stage.start()
    stage.world.add({ id: 'r1', state: 'FAILED', finished: true })
    const { out } = await stage.run(['run', 'retry', 'r1', '--json'])
    expect(JSON.parse(out)).toMatchObject({ id: stage.world.runs[1]?.id, state: 'QUEUED' })
  })
})
