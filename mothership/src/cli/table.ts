import { widthOf } from './width.ts'

/** A cell; `paint` colours it after it was measured. */
export interface Cell {
  readonly text: string
  readonly paint?: (text: string) => string
}

/** A table with aligned columns two blanks apart, a line each, none with blanks at its end. */
export function table(heads: readonly string[], rows: readonly (readonly (string | Cell)[])[]): string {
  const cells = [heads, ...rows].map((row) => row.map(cellOf))
  const widths = heads.map((_, column) => Math.max(...cells.map((row) => widthOf(row[column]?.text ?? ''))))
  return cells.map((row) => `${line(row, widths)}\n`).join('')
}

/** Names and values, one a line, the values aligned. What is empty is left out. */
export function details(pairs: readonly (readonly [string, string | Cell | null])[]): string {
  const shown = pairs
    .map(([name, value]) => [cellOf(name), cellOf(value ?? '')])
    .filter(([, value]) => value?.text !== '')
  const widest = Math.max(0, ...shown.map(([name]) => widthOf(name?.text ?? '')))
  return shown.map((row) => `${line(row, [widest, 0])}\n`).join('')
}

function line(row: readonly Cell[], widths: readonly number[]): string {
  const last = row.findLastIndex(({ text }) => text !== '')
  return row
    .slice(0, last + 1)
    .map(({ text, paint = (plain) => plain }, column) => {
      const padding = column === last ? 0 : (widths[column] ?? 0) - widthOf(text)
      return paint(text) + ' '.repeat(padding)
    })
    .join('  ')
}

/** Names come from other people: what would move the cursor is drawn as a blank. */
function cellOf(cell: string | Cell): Cell {
  const { text, ...rest } = typeof cell === 'string' ? { text: cell } : cell
  return { text: text.replaceAll(/\p{Cc}+/gu, ' ').trim(), ...rest }
}
