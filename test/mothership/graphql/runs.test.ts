import { describe, expect, it } from 'vitest'
import { provider, spacectl } from './documents.ts'
import { World } from './fake-services.ts'
import { ask, serverOf } from './server.ts'

const chosen = (run: string) => ({ stack: 'network', run })

describe('runs', () => {
  it('are triggered as spacectl does it, with the metadata of the header', async () => {
    const world = new World()
    const headers = { 'spacelift-user-provided-run-metadata': '{"ticket": 7}' }
    const variables = { stack: 'network', commitSha: null, type: 'TRACKED', runtimeConfig: null, forceApply: null }
    const { data } = await ask(serverOf(world), spacectl.deploy, { variables, headers })
    expect(data).toEqual({ runTrigger: { id: world.runs[0]?.id } })
    expect(world.triggered).toEqual([
      { stack: 'network', type: 'TRACKED', commit: undefined, metadata: ['{"ticket": 7}'] },
    ])
    const preview = await ask(serverOf(world), spacectl.preview, {
      variables: { ...variables, type: 'PROPOSED', commitSha: 'abc' },
    })
    expect(preview.errors).toBeUndefined()
    expect(world.triggered[1]).toMatchObject({ type: 'PROPOSED', commit: 'abc' })
  })

  it('take several texts of metadata, each a header in UTF-8', async () => {
    const world = new World()
    const utf8 = Buffer.from('grün').toString('latin1')
    const headers = { 'spacelift-user-provided-run-metadata': [utf8, 'a, b'] }
    const document = 'mutation{runTrigger(stack: "network"){id} taskCreate(stack: "network", command: "x"){id}}'
    expect((await ask(serverOf(world), document, { headers })).errors).toBeUndefined()
    expect(world.triggered.map(({ metadata }) => metadata)).toEqual([
      ['grün', 'a, b'],
      ['grün', 'a, b'],
    ])
  })

  it.each([
    [{ runtimeConfig: { yaml: 'x: 1' } }, /runtimeConfig/],
    [{ forceApply: 'CASCADE' }, /forceApply/],
    [{ type: 'TASK' }, /taskCreate/],
  ])('are not triggered otherwise than asked for: %j', async (extra, message) => {
    const world = new World()
    const variables = { stack: 'network', type: 'TRACKED', ...extra }
    const answer = await ask(serverOf(world), spacectl.deploy, { variables })
    expect(answer.errors?.[0]?.message).toMatch(message)
    expect(world.triggered).toEqual([])
  })

  it('of a task carry its command', async () => {
    const world = new World()
    const variables = { stack: 'network', command: 'ls "ä b"', skipInitialization: true }
    expect((await ask(serverOf(world), spacectl.task, { variables })).errors).toBeUndefined()
    expect(world.triggered).toMatchObject([{ type: 'TASK', command: 'ls "ä b"', skipInitialization: true }])
  })

  it('are decided, and a decision that does not fit is a conflict', async () => {
    const world = new World()
    const app = serverOf(world)
    world.add({ id: 'a', state: 'UNCONFIRMED' })
    world.add({ id: 'b', state: 'UNCONFIRMED' })
    world.add({ id: 'c', state: 'QUEUED' })
    world.add({ id: 'd', state: 'PLANNING' })
    world.add({ id: 'e', state: 'APPLYING' })
    const headers = { 'spacelift-user-provided-run-metadata': 'signed' }
    const confirmed = await ask(app, spacectl.confirm, { variables: chosen('a'), headers })
    expect(confirmed.data).toEqual({ runConfirm: { id: 'a' } })
    expect(world.confirmedWith).toEqual([['signed']])
    expect((await ask(app, spacectl.confirm, { variables: chosen('a') })).errors).toMatchObject([
      { extensions: { code: 'conflict' } },
    ])
    expect((await ask(app, spacectl.discard, { variables: chosen('b') })).errors).toBeUndefined()
    expect((await ask(app, spacectl.cancel, { variables: chosen('c') })).errors).toBeUndefined()
    expect((await ask(app, spacectl.stop, { variables: { ...chosen('d'), note: 'too long' } })).errors).toBeUndefined()
    expect((await ask(app, 'mutation{runKill(stack: "network", run: "e"){state note}}')).data).toEqual({
      runKill: { state: 'STOPPED', note: null },
    })
    expect(world.runs.map(({ state }) => state)).toEqual(['CONFIRMED', 'DISCARDED', 'CANCELED', 'STOPPED', 'STOPPED'])
    expect(world.histories.get('d')?.[0]).toMatchObject({ note: 'too long', by: 'api::01JKEY' })
    expect((await ask(app, spacectl.retry, { variables: chosen('d') })).errors).toBeUndefined()
    expect(
      (await ask(app, spacectl.prioritize, { variables: { ...chosen('c'), prioritize: true } })).errors,
    ).toBeUndefined()
    expect(world.runs.find(({ id }) => id === 'c')?.prioritized).toBe(true)
  })

  it('are waited for as the Terraform provider does it', async () => {
    const world = new World()
    const run = world.add({ state: 'FINISHED', finished: true })
    const { data } = await ask(serverOf(world), provider.runState, { variables: { stackId: 'network', runId: run.id } })
    expect(data).toEqual({ stack: { runResourceState: { id: run.id, state: 'FINISHED', finished: true } } })
  })

  it('of all stacks are listed newest first, with their stacks', async () => {
    const world = new World()
    world.add({ id: 'a' })
    world.add({ id: 'b', stack: 'gone', type: 'TASK' })
    const app = serverOf(world)
    expect((await ask(app, '{runs{id}}')).data).toEqual({ runs: [{ id: 'b' }, { id: 'a' }] })
    expect((await ask(app, '{runs(types: [TRACKED], first: 1){id stack{name}}}')).data).toEqual({
      runs: [{ id: 'a', stack: { name: 'Network' } }],
    })
  })

  it('are retried, prioritized and shown with neutral values for what is not here', async () => {
    const world = new World()
    const run = world.add({
      state: 'FAILED',
      finished: true,
      note: 'why',
      commit: { hash: 'abc', message: 'm', author: 'A', branch: 'main' },
    })
    const query = `{stack(id: "network"){run(id: "${run.id}"){finished note canRetry branch commit{hash message authorName authorLogin timestamp url} comments{body} delta{addCount} expired}}}`
    expect((await ask(serverOf(world), query)).data).toEqual({
      stack: {
        run: {
          finished: true,
          note: 'why',
          canRetry: true,
          branch: 'main',
          commit: { hash: 'abc', message: 'm', authorName: 'A', authorLogin: null, timestamp: 0, url: null },
          comments: [],
          delta: null,
          expired: false,
        },
      },
    })
  })
})
