import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytes } from '../../../mothership/src/cli/size.ts'
import { details, table } from '../../../mothership/src/cli/table.ts'
import { ago } from '../../../mothership/src/cli/time.ts'
import { widthOf } from '../../../mothership/src/cli/width.ts'

describe('table', () => {
  it('aligns every column, whatever is in the cells, and has no blanks at the end of a line', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })), { maxLength: 5 }),
        (rows) => {
          const marked = rows.map(([first, second]) => [`${first}x`, `|${second}`])
          const lines = table(['A', '|B'], marked).trimEnd().split('\n')
          expect(lines).toHaveLength(rows.length + 1)
          const starts = lines.map(
            (line, index) =>
              widthOf(line) - widthOf((marked[index - 1]?.[1] ?? '|B').replaceAll(/\p{Cc}+/gu, ' ').trim()),
          )
          expect(new Set(starts).size).toBe(1)
          expect(lines.filter((line) => line.endsWith(' '))).toEqual([])
        },
      ),
    )
  })

  it('colours a cell after it was measured', () => {
    expect(table(['A', 'B'], [[{ text: 'x', paint: (text) => `<${text}>` }, 'y']])).toBe('A  B\n<x>  y\n')
  })

  it('of details leaves out what is empty', () => {
    expect(
      details([
        ['A', 'x'],
        ['Empty', null],
        ['Long name', 'y'],
      ]),
    ).toBe('A          x\nLong name  y\n')
  })
})

describe('ago', () => {
  it.each([
    [0, 'now'],
    [-5, 'now'],
    [59, '59s ago'],
    [60, '1m ago'],
    [3_599, '59m ago'],
    [7_200, '2h ago'],
    [86_400 * 400, '400d ago'],
  ])('of %i seconds is %s', (past, text) => expect(ago(1_000_000_000 - past, 1_000_000_000_000)).toBe(text))
})

describe('bytes', () => {
  it.each([
    [0, '0 B'],
    [1_023, '1023 B'],
    [1_536, '1.5 KiB'],
    [5 * 1024 ** 3, '5.0 GiB'],
  ])('of %i are %s', (count, text) => expect(bytes(count)).toBe(text))
})
