import { describe, expect, it } from 'vitest'
import { autoscaler, exporter, provider, spacectl } from './documents.ts'
import { aPool, aStack, aWorker, newYear, World } from './fake-services.ts'
import { ask, dataOf, serverOf } from './server.ts'

const epoch = newYear / 1000
const drain = { workerPool: aPool.id, id: aWorker.id, worker: aWorker.id, drain: true }

describe('worker pools', () => {
  it('are listed for spacectl', async () => {
    const world = new World()
    world.add({ state: 'READY' })
    const { data } = await ask(serverOf(world), spacectl.poolList)
    expect(data).toEqual({
      workerPools: [
        {
          id: aPool.id,
          name: 'Küche & Bad',
          description: 'first',
          pendingRuns: 1,
          busyWorkers: 0,
          workers: [{ id: aWorker.id }],
        },
      ],
    })
  })

  it('that are not there are null without an error', async () => {
    expect(await ask(serverOf(new World()), spacectl.workerList, { variables: { id: 'nope' } })).toEqual({
      data: { workerPool: null },
    })
  })

  it('tell of a worker: metadata as JSON in a string, times as Unix seconds', async () => {
    const { data } = await ask(serverOf(new World()), autoscaler.pool, { variables: { workerPool: aPool.id } })
    expect(data).toEqual({
      workerPool: {
        pendingRuns: 0,
        workers: [
          {
            id: aWorker.id,
            busy: false,
            drained: false,
            createdAt: epoch + 1,
            availableAt: epoch + 2,
            metadata: '{"instance_id":"i-1","asg_id":"group \\"a\\""}',
          },
        ],
      },
    })
    expect(
      (await ask(serverOf(new World()), autoscaler.legacyPool, { variables: { workerPool: aPool.id } })).errors,
    ).toBeUndefined()
  })

  it('are drained as the autoscaler does it, with the true busy in the answer', async () => {
    const world = new World()
    world.workers.set(aWorker.id, { ...aWorker, busy: true, status: 'BUSY' })
    const { data } = await ask(serverOf(world), autoscaler.drain, { variables: drain })
    expect(data).toMatchObject({ workerDrainSet: { busy: true, drained: true } })
    expect((await ask(serverOf(world), spacectl.drainWait, { variables: { id: aPool.id } })).data).toMatchObject({
      workerPool: { workers: [{ id: aWorker.id, drained: true, busy: true }] },
    })
  })

  it('refuse to drain a worker that they have not', async () => {
    const answer = await ask(serverOf(new World()), spacectl.drain, { variables: { ...drain, id: 'gone' } })
    expect(answer.errors).toMatchObject([
      { message: expect.stringContaining('not found'), extensions: { code: 'not-found' } },
    ])
  })

  it('are created, updated, reset and deleted', async () => {
    const world = new World()
    const app = serverOf(world)
    const wish = {
      name: 'new',
      description: '',
      labels: null,
      space: null,
      driftDetectionRunLimit: -1,
      csr: 'CERTIFICATE REQUEST',
    }
    const { data } = await ask(app, provider.poolCreate, { variables: wish })
    const created = data?.['workerPoolCreate'] as { id: string }
    expect(created).toMatchObject({ config: 'dG9rZW4=', name: 'new', labels: [], driftDetectionRunLimit: null })
    expect((await ask(app, provider.pool, { variables: { id: created.id } })).data).toMatchObject({
      workerPool: { config: null },
    })
    const renamed = await ask(app, `mutation{workerPoolUpdate(id: "${created.id}", name: "newer"){name}}`)
    expect(renamed.data).toEqual({ workerPoolUpdate: { name: 'newer' } })
    const reset = await ask(
      app,
      `mutation{workerPoolReset(id: "${created.id}", certificateSigningRequest: "x"){config}}`,
    )
    expect(reset.data).toEqual({ workerPoolReset: { config: 'bmV3IHRva2Vu' } })
    const gone = await ask(app, `mutation{workerPoolDelete(id: "${created.id}"){id}}`)
    expect(gone.data).toEqual({ workerPoolDelete: { id: created.id } })
    expect(world.pools.size).toBe(1)
  })

  it('answer a refusal with its message and its code', async () => {
    const answer = await ask(serverOf(new World()), `mutation{workerPoolDelete(id: "${aPool.id}"){id}}`)
    expect(answer.errors).toMatchObject([
      { message: 'worker pool Küche & Bad has stacks: move or delete them first', extensions: { code: 'conflict' } },
    ])
  })

  it('cycle', async () => {
    const world = new World()
    expect(await ask(serverOf(world), spacectl.cycle, { variables: { id: aPool.id } })).toEqual({
      data: { workerPoolCycle: true },
    })
    expect(world.cycled).toEqual([aPool.id])
    expect((await ask(serverOf(world), spacectl.cycle, { variables: { id: 'nope' } })).errors).toHaveLength(1)
  })

  it('show their queue to spacectl', async () => {
    const world = new World()
    world.add({ id: 'first', state: 'APPLYING' })
    world.add({ id: 'second', state: 'READY' })
    const input = {
      first: 100,
      after: null,
      fullTextSearch: null,
      predicates: null,
      orderBy: { field: 'position', direction: 'ASC' },
    }
    const { data } = await ask(serverOf(world), spacectl.watch, { variables: { id: aPool.id, input } })
    expect(data).toMatchObject({
      workerPool: {
        searchSchedulableRuns: {
          edges: [
            { node: { position: 1, run: { id: 'first' } } },
            { node: { position: 2, stackId: aStack.id, run: { state: 'READY' } } },
          ],
          pageInfo: { hasNextPage: false, hasPreviousPage: false },
        },
      },
    })
  })

  it('are searched by label and text', async () => {
    const world = new World()
    world.pools.set('b', { ...aPool, id: 'b', name: 'other', labels: [] })
    const search = async (input: object) => {
      const query = 'query($input:SearchInput!){searchWorkerPools(input: $input){edges{node{name}}}}'
      const answer = await ask(serverOf(world), query, { variables: { input } })
      const { edges } = dataOf<{ edges: { node: { name: string } }[] }>(answer, 'searchWorkerPools')
      return edges.map(({ node }) => node.name)
    }
    expect(await search({ predicates: [{ field: 'label', constraint: { stringMatches: ['prod'] } }] })).toEqual([
      'Küche & Bad',
    ])
    expect(
      await search({ predicates: [{ field: 'label', constraint: { stringMatches: ['prod'] }, exclude: true }] }),
    ).toEqual(['other'])
    expect(await search({ fullTextSearch: 'KÜCHE eu' })).toEqual(['Küche & Bad'])
    expect(await search({ orderBy: { field: 'name', direction: 'DESC' } })).toEqual(['other', 'Küche & Bad'])
  })

  it('and stacks are counted for the exporter, which names its operation', async () => {
    const world = new World()
    world.stacks.set('idle', { ...aStack, id: 'idle' })
    world.add({ state: 'UNCONFIRMED' })
    const { data, errors } = await ask(serverOf(world), exporter, { operationName: 'PrometheusExporter' })
    expect(errors).toBeUndefined()
    expect(data).toMatchObject({
      publicWorkerPool: { parallelism: 0, busyWorkers: 0, pendingRuns: 0 },
      workerPools: [{ busyWorkers: 0, workers: [{ drained: false }] }],
      usage: { usedPrivateMinutes: 0 },
      metrics: {
        stacksCountByState: [
          { value: 1, labels: ['UNCONFIRMED'] },
          { value: 1, labels: ['NONE'] },
        ],
        averageRunDuration: [],
      },
    })
  })
})
