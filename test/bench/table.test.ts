import { describe, expect, it } from 'vitest'
import { layOut, rounded } from './table.ts'

const columns = [
  { heading: 'what', align: 'left' },
  { heading: 'ms', align: 'right' },
  { heading: 'target', align: 'left' },
] as const

describe('table', () => {
  it('puts texts on the left, numbers on the right, and no space at the end of a line', () => {
    const rows = [
      ['a longer name', '5.25', 'at most 1.1'],
      ['short', '1234', ''],
    ]
    expect(layOut(columns, rows).split('\n')).toEqual([
      'what             ms  target',
      '-------------  ----  -----------',
      'a longer name  5.25  at most 1.1',
      'short          1234',
      '',
    ])
  })

  it('takes rows that are too short', () => expect(layOut(columns, [['x']])).toContain('\nx\n'))

  it('shows a heading without rows', () => expect(layOut(columns, [])).toBe('what  ms  target\n----  --  ------\n'))

  it('rounds to what one can use', () => {
    expect([0.1234, 1.005, 9.99, 12.345, 123.45, 1234.5, -12.345].map(rounded)).toEqual([
      '0.12',
      '1.00',
      '9.99',
      '12.3',
      '123',
      '1235',
      '-12.3',
    ])
  })
})
