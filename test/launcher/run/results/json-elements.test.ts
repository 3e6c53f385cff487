import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JsonElements, maxElementBytes } from '../../../../launcher/src/run/results/json-elements.ts'

function elements(text: string, size: number): { found: unknown[]; tooLarge: number } {
  const found: unknown[] = []
  const reader = new JsonElements({ key: 'list', take: (element) => found.push(JSON.parse(element)) })
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) reader.write(bytes.subarray(at, at + size))
  return { found, tooLarge: reader.tooLarge }
}

describe('JsonElements', () => {
  it('hands out the objects under the key, and nothing like them elsewhere', () => {
    const whole = {
      other: [{ a: 1 }],
      deep: { list: [{ b: 1 }] },
      'list"': [{}],
      list: [{ 'c"]}': [{ d: '{[\\"' }] }, {}],
    }
    for (const size of [1, 7, 1000]) {
      expect(elements(JSON.stringify(whole), size).found).toEqual(whole.list)
      expect(elements(JSON.stringify(whole, null, 2), size).found).toEqual(whole.list)
    }
  })

  it('agrees with JSON.parse, however the document is cut', () => {
    const json = fc.dictionary(
      fc.constantFrom('list', 'lis', '', '"list"', 'x\\'),
      fc.array(fc.dictionary(fc.string(), fc.json())),
    )
    fc.assert(
      fc.property(json, fc.integer({ min: 1, max: 20 }), (whole, size) => {
        expect(elements(JSON.stringify(whole), size).found).toEqual(whole['list'] ?? [])
      }),
    )
  })

  it('counts what is too large and goes on', () => {
    const text = JSON.stringify({ list: [{ a: 'x'.repeat(maxElementBytes) }, { b: 1 }] })
    expect(elements(text, 65_536)).toEqual({ found: [{ b: 1 }], tooLarge: 1 })
  })

  it.each(['', 'Error: no plan', '{"list":[{"a":1},{"a"', '[[[[', '}}}}]]]', '{"list":"x","a":{"b":[{}]}}'])(
    'takes %j for what it is',
    (text) => expect(elements(text, 3).found.length).toBeLessThanOrEqual(1),
  )
})
