import { getIntrospectionQuery, parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { extentOf } from '../../../mothership/src/graphql/limits.ts'
import * as documents from './documents.ts'
import { World } from './fake-services.ts'
import { ask, serverOf } from './server.ts'

describe('limits', () => {
  it('count a fragment wherever it is spread', () => {
    expect(extentOf(parse('{a{...F b{...F}}} fragment F on X {c{d}}'))).toEqual({ depth: 4, fields: 6 })
  })

  it('are far from what the clients send', () => {
    const real = [getIntrospectionQuery(), ...Object.values(documents.spacectl), documents.exporter]
    for (const document of real) {
      expect(extentOf(parse(document)).depth).toBeLessThanOrEqual(15)
      expect(extentOf(parse(document)).fields).toBeLessThan(500)
    }
  })

  it('refuse a document that is too deep', async () => {
    const deep = `{stack(id:"a"){${'blocker{stack{'.repeat(15)}id${'}}'.repeat(15)}}}`
    expect((await ask(serverOf(new World()), deep)).errors?.[0]?.message).toMatch(/32 levels deep/)
  })

  it.each([
    ['fields', `{${'a{'.repeat(3_900)}`],
    ['lists', `{stack(id:${'['.repeat(7_000)}`],
  ])('refuse a document whose %s are too deep for the parser', async (_, deep) => {
    const { data, errors } = await ask(serverOf(new World()), deep)
    expect({ data, errors: errors?.length }).toEqual({ data: undefined, errors: 1 })
    expect(errors?.[0]?.message).toMatch(/nested too deep to be read|Syntax Error/)
  })

  it('refuse a document that selects too much, however small it is', async () => {
    const levels = Array.from({ length: 18 }, (_, n) => `fragment F${n} on Query {...F${n + 1} ...F${n + 1}}`)
    const bomb = `{...F0} ${levels.join(' ')} fragment F18 on Query {viewer{id}}`
    expect((await ask(serverOf(new World()), bomb)).errors?.[0]?.message).toMatch(/selects 524288 fields/)
  })

  it('refuse a document of too many tokens', async () => {
    const long = `{${'a:viewer{id} '.repeat(5_000)}}`
    expect((await ask(serverOf(new World()), long)).errors?.[0]?.message).toMatch(/token/)
  })
})
