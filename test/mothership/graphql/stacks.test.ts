import { describe, expect, it } from 'vitest'
import { spacectl } from './documents.ts'
import { aRun, aStack, newYear, World } from './fake-services.ts'
import { ask, serverOf } from './server.ts'

const epoch = newYear / 1000
const everything = { first: 50, after: null, fullTextSearch: null, predicates: null, orderBy: null }

async function listed(
  world: World,
  input: object,
): Promise<{ ids: string[]; pageInfo: { endCursor: string; hasNextPage: boolean } }> {
  const { data, errors } = await ask(serverOf(world), spacectl.stackList, {
    variables: { input: { ...everything, ...input } },
  })
  if (errors) throw new Error(errors[0]?.message)
  const page = data?.['searchStacks'] as {
    edges: { node: { id: string } }[]
    pageInfo: { endCursor: string; hasNextPage: boolean }
  }
  return { ids: page.edges.map(({ node }) => node.id), pageInfo: page.pageInfo }
}

describe('stacks', () => {
  it('are listed for spacectl with every field that it selects', async () => {
    const world = new World()
    const run = world.add({ state: 'UNCONFIRMED' })
    const { data, errors } = await ask(serverOf(world), spacectl.stackList, { variables: { input: everything } })
    expect(errors).toBeUndefined()
    expect(data).toMatchObject({
      searchStacks: {
        edges: [
          {
            node: {
              id: 'network',
              blocker: { id: run.id },
              state: 'UNCONFIRMED',
              stateSetAt: epoch + 20,
              beforePlan: ['echo hi'],
              afterApply: [],
              namespace: 'acme',
              repository: 'network',
              branch: 'main',
              provider: 'GIT',
              managesStateFile: true,
              spaceDetails: { id: 'root' },
              vendorConfig: { __typename: 'StackConfigVendorOpenTofu' },
              workerPool: { name: 'Küche & Bad' },
              createdAt: epoch,
            },
          },
        ],
      },
    })
  })

  it('are shown to spacectl, secrets without their values', async () => {
    const { data, errors } = await ask(serverOf(new World()), spacectl.stackShow, { variables: { id: 'network' } })
    expect(errors).toBeUndefined()
    expect(data?.['stack']).toMatchObject({
      state: 'NONE',
      stateSetAt: null,
      blocker: null,
      attachedContexts: [],
      config: [
        { id: 'REGION', writeOnly: false },
        { id: 'PASSWORD', writeOnly: true },
      ],
      vendorConfig: { version: '1.10.6', openTofuWorkflowTool: 'OPENTOFU', useSmartSanitization: false },
    })
    const environment = await ask(serverOf(new World()), spacectl.environmentList, { variables: { id: 'network' } })
    expect(environment.errors).toBeUndefined()
    expect(environment.data).toMatchObject({
      stack: {
        runtimeConfig: [{ context: null, element: { value: 'eu' } }, { element: { value: null, writeOnly: true } }],
      },
    })
  })

  it.each([
    ['terraform', 'TERRAFORM_FOSS'],
    ['custom', 'CUSTOM'],
  ])('of the tool %s are of the vendor Terraform with the workflow tool %s', async (name, workflowTool) => {
    const world = new World()
    world.stacks.set('network', { ...aStack, tool: { name, version: null } })
    const { data } = await ask(serverOf(world), spacectl.stackShow, { variables: { id: 'network' } })
    expect(data).toMatchObject({
      stack: { vendorConfig: { __typename: 'StackConfigVendorTerraform', terraformWorkflowTool: workflowTool } },
    })
  })

  it('of the tool ansible are of its vendor, with their playbook', async () => {
    const world = new World()
    world.stacks.set('network', { ...aStack, tool: { name: 'ansible', version: null, playbook: 'site.yml' } })
    const { data } = await ask(serverOf(world), spacectl.stackShow, { variables: { id: 'network' } })
    expect(data).toMatchObject({
      stack: { vendorConfig: { __typename: 'StackConfigVendorAnsible', playbook: 'site.yml' } },
    })
  })

  it('that are not there are null without an error, and so are runs of another stack', async () => {
    const world = new World()
    world.stacks.set('other', { ...aStack, id: 'other' })
    const run = world.add({ stack: 'other' })
    const app = serverOf(world)
    expect(await ask(app, spacectl.stackById, { variables: { id: 'NETWORK' } })).toEqual({ data: { stack: null } })
    const query = `{stack(id: "network"){run(id: "${run.id}"){id} runResourceState(id: "${run.id}"){id}}}`
    expect(await ask(app, query)).toEqual({ data: { stack: { run: null, runResourceState: null } } })
  })

  it('are found by a run, and an unknown run is exactly "not found"', async () => {
    const world = new World()
    const run = world.add({})
    const app = serverOf(world)
    expect(await ask(app, spacectl.stackOfRun, { variables: { runId: run.id } })).toEqual({
      data: { runStack: { id: 'network', name: 'Network' } },
    })
    const unknown = await ask(app, spacectl.stackOfRun, { variables: { runId: 'nope' } })
    expect(unknown.errors?.[0]?.message).toBe('not found')
  })

  it('stand as the run that holds them, however many wait behind it', async () => {
    const world = new World()
    world.add({ id: 'old', state: 'FINISHED', finished: true })
    world.add({ id: 'holder', state: 'APPLYING' })
    for (let n = 0; n < 120; n += 1) world.add({ id: `waiting-${n}`, state: 'QUEUED' })
    world.add({ id: 'plan', type: 'PROPOSED', state: 'PLANNING' })
    const { data } = await ask(serverOf(world), '{stack(id: "network"){state blocker{id}}}')
    expect(data).toEqual({ stack: { state: 'APPLYING', blocker: { id: 'holder' } } })
  })

  it('stand as their newest run when none holds them', async () => {
    const world = new World()
    world.add({ id: 'older', state: 'FINISHED', finished: true })
    world.add({ id: 'newer', state: 'FAILED', finished: true })
    const { data } = await ask(serverOf(world), '{stack(id: "network"){state blocker{id}}}')
    expect(data).toEqual({ stack: { state: 'FAILED', blocker: null } })
  })

  it('are searched by what spacectl and the Terraform provider search by', async () => {
    const world = new World()
    world.stacks.set('b', {
      ...aStack,
      id: 'b',
      source: { ...aStack.source, url: 'git@example.com:acme/lab' },
      labels: [],
      tool: { name: 'terraform', version: null },
    })
    const by = async (field: string, constraint: object) =>
      (await listed(world, { predicates: [{ field, exclude: null, constraint }] })).ids
    expect(await by('repository', { stringMatches: ['lab'], booleanEquals: null, enumEquals: null })).toEqual(['b'])
    expect(await by('repository', { stringMatches: ['net*', 'x'] })).toEqual(['network'])
    expect(await by('label', { stringMatches: ['core'] })).toEqual(['network'])
    expect(await by('state', { enumEquals: ['NONE'] })).toEqual(['network', 'b'])
    expect(await by('vendor', { enumEquals: ['TERRAFORM'] })).toEqual(['b'])
    expect(await by('administrative', { booleanEquals: [false] })).toEqual(['network', 'b'])
    await expect(by('colour', { stringMatches: ['red'] })).rejects.toThrow(
      /cannot search by "colour"; known are: id, name/,
    )
  })

  it('come in pages, each stack once, also when one is deleted in between', async () => {
    const world = new World()
    world.stacks.clear()
    for (const id of ['a', 'b', 'c', 'd', 'e']) world.stacks.set(id, { ...aStack, id })
    const first = await listed(world, { first: 2 })
    expect(first).toMatchObject({ ids: ['a', 'b'], pageInfo: { hasNextPage: true } })
    const second = await listed(world, { first: 2, after: first.pageInfo.endCursor })
    expect(second.ids).toEqual(['c', 'd'])
    const third = await listed(world, { first: 2, after: second.pageInfo.endCursor })
    expect(third).toMatchObject({ ids: ['e'], pageInfo: { hasNextPage: false } })
    world.stacks.delete('b')
    expect((await listed(world, { first: 2, after: first.pageInfo.endCursor })).ids).toEqual(['d', 'e'])
    await expect(listed(world, { after: 'rubbish' })).rejects.toThrow(/endCursor/)
  })

  it('are deleted, but not while a run goes on, and not together with what they built', async () => {
    const world = new World()
    const app = serverOf(world)
    const remove = (id: string, destroyResources = false) =>
      ask(app, spacectl.stackDelete, { variables: { id, destroyResources } })
    world.add({})
    expect((await remove('network')).errors).toMatchObject([{ extensions: { code: 'conflict' } }])
    expect((await remove('network', true)).errors?.[0]?.message).toMatch(/DESTROY run/)
    world.runs.length = 0
    expect((await remove('network')).data).toEqual({ stackDelete: { id: 'network' } })
    expect(await remove('network')).toEqual({ data: { stackDelete: null } })
  })

  it('are applied from YAML, with all its problems in one message', async () => {
    const world = new World()
    const app = serverOf(world)
    const apply = (yaml: string) =>
      ask(app, 'mutation($yaml:String!){stackApply(yaml: $yaml, source: "01J"){id tool{name version} source{kind}}}', {
        variables: { yaml },
      })
    expect((await apply('name: My Stack')).data).toMatchObject({
      stackApply: { id: 'my-stack', tool: { name: 'opentofu' } },
    })
    expect(world.applied).toEqual([{ yaml: 'name: My Stack', source: '01J' }])
    expect((await apply('nothing')).errors?.[0]?.message.split('\n')).toHaveLength(2)
  })

  it('list their runs by kind, newest first, and an empty page at the end', async () => {
    const world = new World()
    world.add({ id: 'r1' })
    world.add({ id: 'r2', type: 'DESTROY' })
    world.add({ id: 'p1', type: 'PROPOSED' })
    world.add({ id: 't1', type: 'TASK', command: 'ls' })
    const app = serverOf(world)
    const page = async (query: string, before: string | null) =>
      Object.values((await ask(app, query, { variables: { stackId: 'network', before } })).data?.['stack'] as object)[0]
    expect(await page(spacectl.runList, null)).toMatchObject([
      { id: 'r2', isMostRecent: true },
      { id: 'r1', triggeredBy: aRun.triggeredBy },
    ])
    expect(await page(spacectl.runList, 'r2')).toMatchObject([{ id: 'r1' }])
    expect(await page(spacectl.runList, 'r1')).toEqual([])
    expect(await page(spacectl.previewList, null)).toMatchObject([{ id: 'p1', delta: null }])
    expect(await page(spacectl.taskList, null)).toMatchObject([{ id: 't1', command: 'ls', type: 'TASK' }])
  })
})
