import { describe, expect, it } from 'vitest'
import { Stage } from './world.ts'

describe('run', () => {
  it('changes and show tell what the plan does', async () => {
    await using stage = await Stage.start()
    const { id } = stage.world.add({})
    expect((await stage.run(['run', 'changes', id])).err).toBe('The plan changes no resource, or there is no plan.\n')
    stage.world.plan = {
      counts: { add: 1, change: 2, destroy: 3, import: 0, forget: 0, resources: 9 },
      changes: [{ address: 'a.b["c"]', previousAddress: null, type: 'a', action: 'replace' }],
    }
    expect((await stage.run(['run', 'changes', id])).out).toBe('ACTION   RESOURCE\u0020 BEFORE\nREPLACE  a.b["c"]\n')
    expect(JSON.parse((await stage.run(['run', 'changes', id, '--json'])).out)).toEqual([
      { action: 'REPLACE', address: 'a.b["c"]', previousAddress: null, type: 'a' },
    ])
    expect((await stage.run(['run', 'show', id])).out).toMatch(/^Changes +\+1 ~2 -3$/m)
    expect((await stage.run(['run', 'list'])).out).toContain('+1 ~2 -3')
  })

  it('inputs tells what hooks left for plan policies, one of them as it is', async () => {
    await using stage = await Stage.start()
    const { id } = stage.world.add({})
    expect((await stage.run(['run', 'inputs', id])).out).toBe('KEY   BYTES\ncost  11\n')
    expect((await stage.run(['run', 'inputs', id, 'cost'])).out).toBe('{"total":1}\n')
    expect(await stage.run(['run', 'inputs', id, 'price'])).toMatchObject({ code: 3, out: '' })
  })
})

describe('stack outputs', () => {
  it('shows sensitive values only if they are asked for', async () => {
    await using stage = await Stage.start()
    const { out } = await stage.run(['stack', 'outputs', 'network'])
    expect(out).toMatch(/^list +\[1\] /m)
    expect(out).toMatch(/^password +\(sensitive\) /m)
    expect(out).not.toContain('geheim')
    expect((await stage.run(['stack', 'outputs', 'network', '--sensitive'])).out).toMatch(/^password +geheim /m)
  })

  it('writes one value as it is, for scripts', async () => {
    await using stage = await Stage.start()
    expect((await stage.run(['stack', 'outputs', 'network', 'name'])).out).toBe('network\n')
    expect((await stage.run(['stack', 'outputs', 'network', 'password', '--sensitive'])).out).toBe('geheim\n')
    expect(await stage.run(['stack', 'outputs', 'network', 'password'])).toEqual({
      code: 3,
      out: '',
      err: 'The value of password is sensitive: --sensitive asks for it, if it was kept.\n',
    })
    expect(await stage.run(['stack', 'outputs', 'network', 'nothing'])).toMatchObject({ code: 3 })
    expect(await stage.run(['stack', 'outputs', 'nowhere'])).toMatchObject({ code: 3 })
  })
})
