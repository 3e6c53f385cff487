import fc from 'fast-check'
import { expect, it } from 'vitest'
import { interpolate } from '../../../launcher/src/run/interpolation.ts'

function filled(variables: Readonly<Record<string, string>>): Record<string, string> {
  const map = new Map(Object.entries(variables))
  return Object.fromEntries(interpolate({ variables: map, open: new Set(map.keys()) }).values)
}

it('puts values where others name them, whatever the order', () => {
  const variables = { A: '${B}-${C}', B: '<${C}>', C: 'c', D: '${A}${A}' }
  const expected = { A: '<c>-c', B: '<c>', C: 'c', D: '<c>-c<c>-c' }
  expect(filled(variables)).toEqual(expected)
  expect(filled(Object.fromEntries(Object.entries(variables).toReversed()))).toEqual(expected)
})

it.each([
  ['a name that there is not', '${NOBODY} $A ${A:-x} ${} ${1A} ${A', '${NOBODY} $A ${A:-x} ${} ${1A} ${A'],
  ['an escape', '$${A} and $$${A}', '${A} and $${A}'],
  ['an escape of what there is not', '$${NOBODY}', '$${NOBODY}'],
  ['a value that names others once it is there', '${RAW}', '$${A}'],
  ['an empty value', 'a${EMPTY}b', 'ab'],
])('takes %s as it is', (_, written, becomes) => {
  const variables = new Map([
    ['A', 'a'],
    ['EMPTY', ''],
    ['RAW', '$${A}'],
    ['X', written],
  ])
  expect(interpolate({ variables, open: new Set(['X']) }).values.get('X')).toBe(becomes)
})

it('leaves what leads into a circle as it is, whatever the order', () => {
  const entries = Object.entries({ A: '${B}', B: '${C}', C: '${B}', D: '${E}', E: 'e', F: '${F}' })
  for (const order of [entries, entries.toReversed()]) {
    const variables = new Map(order)
    const { values, circular } = interpolate({ variables, open: new Set(variables.keys()) })
    expect(Object.fromEntries(values)).toEqual({ A: '${B}', B: '${C}', C: '${B}', D: 'e', E: 'e', F: '${F}' })
    expect(circular.toSorted()).toEqual(['A', 'B', 'C', 'F'])
  }
})

it('ends for any texts, and does not depend on their order', () => {
  const name = fc.constantFrom('A', 'B', 'C', 'D')
  const text = fc.array(
    fc.oneof(
      name.map((one) => `\${${one}}`),
      fc.constantFrom('$', '{', '}', 'x', 'A'),
    ),
    { maxLength: 6 },
  )
  const value = text.map((pieces) => pieces.join(''))
  fc.assert(
    fc.property(fc.dictionary(name, value), (variables) => {
      expect(filled(Object.fromEntries(Object.entries(variables).toReversed()))).toEqual(filled(variables))
    }),
  )
})

it('takes a value as large as programs can have, and refuses the next one by its name', () => {
  const largest = 'ü'.repeat(65_534)
  expect(filled({ AB: largest })['AB']).toBe(largest)
  expect(() => filled({ ABCD: `${largest}x` })).toThrow(/variable ABCD has more than 131071 bytes/)
  expect(() => filled({ A: 'x'.repeat(70_000), TWICE: '${A}${A}' })).toThrow(/variable TWICE has more/)
})

it('refuses texts that grow beyond what programs can be started with before they do', () => {
  const doubling = Object.fromEntries(
    Array.from({ length: 17 }, (_, step) => [`V${step}`, step === 0 ? 'x' : `\${V${step - 1}}\${V${step - 1}}`]),
  )
  const many = Object.fromEntries(Array.from({ length: 60_000 }, (_, index) => [`M${index}`, '${V15}']))
  expect(() => filled({ ...doubling, V17: '${V16}${V16}' })).toThrow(/V17 has more than/)
  expect(() => filled({ ...doubling, ...many })).toThrow(/The environment has \d+ bytes/)
  const plain = Object.fromEntries(['A', 'B', 'C'].map((name, step) => [name, name.repeat(1000 * (step + 1))]))
  const large = Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`L${index}`, 'x'.repeat(125_000 + index)]))
  expect(() => filled({ ...plain, ...large })).toThrow(/the largest are L16, L15, L14: use mounted files/)
})

it('follows a chain of any length', () => {
  const chain = Array.from({ length: 50_000 }, (_, index): [string, string] => [`C${index}`, `\${C${index + 1}}`])
  expect(filled(Object.fromEntries([...chain, ['C50000', 'end']]))['C0']).toBe('end')
})
