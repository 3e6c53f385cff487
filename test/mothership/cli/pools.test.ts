import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { aPool, aStack } from '../graphql/fake-services.ts'
import { Stage } from './world.ts'

describe('pool create', () => {
  it('writes key, request and token, and says how a launcher gets them', async () => {
    await using stage = await Stage.start()
    const { code, out, err } = await stage.run(['pool', 'create', 'CI & more', '--label', 'a', '--label', 'b'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const id = [...stage.world.pools.keys()][1]
    expect(out).toBe(
      [
        `Worker pool CI & more (${id}) was created. Written:`,
        '',
        `  ${stage.directory}/spacelift.key`,
        `  ${stage.directory}/spacelift.csr`,
        `  ${stage.directory}/worker-pool-${id}.config`,
        '',
        'Each launcher of the pool is given both:',
        '',
        `  export SPACELIFT_TOKEN=$(cat worker-pool-${id}.config)`,
        '  export SPACELIFT_POOL_PRIVATE_KEY=$(cat spacelift.key | base64 -w0)',
        '',
      ].join('\n'),
    )
    expect(readFileSync(join(stage.directory, 'spacelift.key'), 'utf8')).toBe('PRIVATE KEY')
    expect(readFileSync(join(stage.directory, `worker-pool-${id}.config`), 'utf8')).toBe('dG9rZW4=')
    expect(statSync(join(stage.directory, 'spacelift.key')).mode & 0o777).toBe(0o600)
    expect(stage.world.pools.get(id ?? '')).toMatchObject({ name: 'CI & more', labels: ['a', 'b'] })
  })

  it('quotes paths that a shell would take apart', async () => {
    await using stage = await Stage.start()
    const { out } = await stage.run(['pool', 'create', 'x', '--out', "it's here"])
    expect(out).toContain(String.raw`$(cat 'it'\''s here/spacelift.key' | base64 -w0)`)
  })

  it('never overwrites a key, and sends nothing then', async () => {
    await using stage = await Stage.start()
    writeFileSync(join(stage.directory, 'spacelift.key'), 'old')
    const { code, out, err } = await stage.run(['pool', 'create', 'x'])
    expect({ code, out }).toEqual({ code: 4, out: '' })
    expect(err).toMatch(/spacelift\.key is there already.*--out.*--csr/)
    expect(readFileSync(join(stage.directory, 'spacelift.key'), 'utf8')).toBe('old')
    expect(stage.world.pools.size).toBe(1)
  })

  it('takes a request of the user, and makes no key then', async () => {
    await using stage = await Stage.start()
    writeFileSync(join(stage.directory, 'mine.csr'), 'MY REQUEST')
    const { code, out } = await stage.run(['pool', 'create', 'x', '--csr', 'mine.csr', '--json'])
    expect(code).toBe(0)
    const pool = JSON.parse(out) as { id: string; files: unknown }
    const token = `${stage.directory}/worker-pool-${pool.id}.config`
    expect(pool).toMatchObject({ name: 'x', files: { privateKey: null, certificateSigningRequest: null, token } })
    expect(JSON.stringify(pool)).not.toContain('dG9rZW4=')
  })

  it('leaves no key of a pool that was not made', async () => {
    await using stage = await Stage.start()
    writeFileSync(join(stage.directory, 'bad.csr'), 'rubbish')
    expect(await stage.run(['pool', 'create', 'x', '--csr', 'bad.csr'])).toMatchObject({
      code: 1,
      err: 'certificateSigningRequest: expected PEM\n',
    })
    await stage.down()
    expect(await stage.run(['pool', 'create', 'x'])).toMatchObject({ code: 5 })
    expect(() => statSync(join(stage.directory, 'spacelift.key'))).toThrow(/ENOENT/)
  })
})

describe('pool', () => {
  it('list shows a table, aligned also with wide characters', async () => {
    await using stage = await Stage.start()
    stage.world.pools.set('b', { ...aPool, id: 'b', name: '東京\t\u001b[31m', labels: [] })
    const { out } = await stage.run(['pool', 'list'])
    expect(out).toBe(
      [
        'ID                          NAME         WORKERS  BUSY  WAITING  CREATED  LABELS',
        '01JPOOL0000000000000000000  Küche & Bad  1        0     0        1m ago   eu, prod',
        'b                           東京 [31m    0        0     0        1m ago',
        '',
      ].join('\n'),
    )
  })

  it('list --json is an array of objects with these fields', async () => {
    await using stage = await Stage.start()
    const { out, err } = await stage.run(['pool', 'list', '--json'])
    expect(err).toBe('')
    expect(JSON.parse(out)).toEqual([
      {
        id: aPool.id,
        name: 'Küche & Bad',
        description: 'first',
        labels: ['eu', 'prod'],
        workersCount: 1,
        busyWorkers: 0,
        pendingRuns: 0,
        driftDetectionRunLimit: null,
        certificateExpiresAt: 1798761600,
        createdAt: 1767225600,
        updatedAt: 1767225601,
      },
    ])
  })

  it('list of nothing is an empty array, or a hint on standard error', async () => {
    await using stage = await Stage.start()
    stage.world.pools.clear()
    expect(await stage.run(['pool', 'list', '--json'])).toMatchObject({ out: '[]\n', code: 0 })
    expect(await stage.run(['pool', 'list'])).toMatchObject({
      out: '',
      err: expect.stringContaining('pool create'),
      code: 0,
    })
  })

  it('show finds a pool by id or name', async () => {
    await using stage = await Stage.start()
    const byName = await stage.run(['pool', 'show', 'Küche & Bad'])
    expect(byName.out).toBe(
      [
        'Pool          01JPOOL0000000000000000000',
        'Name          Küche & Bad',
        'Description   first',
        'Labels        eu, prod',
        'Workers       1, 0 busy',
        'Waiting runs  0',
        'Created       1m ago',
        'Certificate   expires 2027-01-01',
        '',
      ].join('\n'),
    )
    expect((await stage.run(['pool', 'show', aPool.id])).out).toBe(byName.out)
  })

  it('refuses a name that is not there or not the only one', async () => {
    await using stage = await Stage.start()
    expect(await stage.run(['pool', 'show', 'nope'])).toEqual({
      code: 3,
      out: '',
      err: 'There is no worker pool nope.\n',
    })
    stage.world.pools.set('b', { ...aPool, id: 'b' })
    expect(await stage.run(['pool', 'show', 'Küche & Bad'])).toMatchObject({
      code: 4,
      err: expect.stringContaining('by its id'),
    })
    expect(await stage.run(['pool', 'show', 'b'])).toMatchObject({ code: 0 })
  })

  it('update changes what is named and keeps the rest', async () => {
    await using stage = await Stage.start()
    stage.world.pools.set(aPool.id, { ...aPool, driftDetectionRunLimit: 7 })
    expect(await stage.run(['pool', 'update', 'Küche & Bad', '--name', 'new'])).toMatchObject({ code: 0 })
    expect(stage.world.pools.get(aPool.id)).toMatchObject({
      name: 'new',
      description: 'first',
      labels: ['eu', 'prod'],
      driftDetectionRunLimit: 7,
    })
  })

  it('reset replaces the token, with a new key in another directory', async () => {
    await using stage = await Stage.start()
    expect(await stage.run(['pool', 'reset', 'Küche & Bad', '--out', 'new'])).toMatchObject({ code: 0 })
    expect(readFileSync(join(stage.directory, 'new', `worker-pool-${aPool.id}.config`), 'utf8')).toBe('bmV3IHRva2Vu')
  })

  it('delete is a conflict while there are stacks', async () => {
    await using stage = await Stage.start()
    expect(await stage.run(['pool', 'delete', aPool.id])).toEqual({
      code: 4,
      out: '',
      err: 'worker pool Küche & Bad has stacks: move or delete them first\n',
    })
    stage.world.stacks.delete(aStack.id)
    expect(await stage.run(['pool', 'delete', aPool.id])).toMatchObject({ code: 0 })
    expect(stage.world.pools.size).toBe(0)
  })

  it('cycle tells the workers', async () => {
    await using stage = await Stage.start()
    expect(await stage.run(['pool', 'cycle', 'Küche & Bad'])).toMatchObject({ code: 0 })
    expect(stage.world.cycled).toEqual([aPool.id])
  })
})
