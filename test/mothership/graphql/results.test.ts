import { describe, expect, it } from 'vitest'
import { spacectl } from './documents.ts'
import { World } from './fake-services.ts'
import { ask, serverOf } from './server.ts'

const plan = {
  counts: { add: 2, change: 1, destroy: 0, import: 3, forget: 0, resources: 7 },
  changes: [
    { address: 'a.new', previousAddress: null, type: 'a', action: 'add' },
    { address: 'a.moved', previousAddress: 'a.before', type: 'a', action: 'move' },
  ],
} as const

function planned(): { world: World; run: string } {
  const world = new World()
  world.plan = plan
  return { world, run: world.add({}).id }
}

describe('results', () => {
  it('of a plan are a delta and a list of changes, as spacectl asks for them', async () => {
    const { world, run } = planned()
    const list = await ask(serverOf(world), spacectl.runList, { variables: { stackId: 'network', before: null } })
    expect(list).toMatchObject({
      data: { stack: { runs: [{ delta: { addCount: 2, changeCount: 1, deleteCount: 0, resources: 7 } }] } },
    })
    const variables = { stack: 'network', run }
    const { data } = await ask(serverOf(world), spacectl.changes, { variables })
    const resources = [
      { address: 'a.new', previousAddress: null, metadata: { type: 'ADD' } },
      { address: 'a.moved', previousAddress: 'a.before', metadata: { type: 'MOVE' } },
    ]
    expect(data).toEqual({ stack: { run: { changesV3: [{ resources }] } } })
    world.plan = null
    const without = await ask(serverOf(world), spacectl.changes, { variables })
    expect(without.data).toEqual({ stack: { run: { changesV3: [] } } })
  })

  it('of a run are what it left for plan policies, too', async () => {
    const { world, run } = planned()
    const query = `{stack(id: "network"){run(id: "${run}"){planInputs{key content} delta{importCount forgetCount}}}}`
    expect((await ask(serverOf(world), query)).data).toEqual({
      stack: {
        run: {
          planInputs: [{ key: 'cost', content: '{"total":1}' }],
          delta: { importCount: 3, forgetCount: 0 },
        },
      },
    })
  })

  it('of a stack are its outputs: texts as they are, the rest as JSON, and sensitive ones only if they are asked for', async () => {
    const world = new World()
    const { data } = await ask(serverOf(world), spacectl.outputs, { variables: { id: 'network' } })
    const open = [
      { id: 'list', sensitive: false, description: null, value: '[1]' },
      { id: 'name', sensitive: false, description: null, value: 'network' },
    ]
    expect(data).toMatchObject({
      stack: { outputs: [...open, { id: 'password', sensitive: true, description: null, value: null }] },
    })
    const revealed = await ask(serverOf(world), '{stack(id: "network"){revealedOutputs{id value}}}')
    expect(revealed).toMatchObject({
      data: { stack: { revealedOutputs: [{}, {}, { id: 'password', value: 'geheim' }] } },
    })
  })

  it('depend on settings of the stack that clients know', async () => {
    const query = '{stack(id: "network"){enableSensitiveOutputUpload enableWellKnownSecretMasking}}'
    expect((await ask(serverOf(new World()), query)).data).toEqual({
      stack: { enableSensitiveOutputUpload: true, enableWellKnownSecretMasking: false },
    })
  })
})
