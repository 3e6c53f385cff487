/** A table's column: its heading, and whether its cells are numbers, which stand on the right. */
export interface Column {
  readonly heading: string
  readonly align: 'left' | 'right'
}

/** Lays out cells as text, two spaces between columns, no space at the end of a line. A row may be shorter than the headings. */
export function layOut(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map(({ heading }, index) =>
    Math.max(heading.length, ...rows.map((row) => row[index]?.length ?? 0)),
  )
  const line = (cells: readonly string[]) =>
    columns
      .map(({ align }, index) => {
        const [cell = '', width = 0] = [cells[index], widths[index]]
        return align === 'left' ? cell.padEnd(width) : cell.padStart(width)
      })
      .join('  ')
      .trimEnd()
  const heads = columns.map(({ heading }) => heading)
  const rules = widths.map((width) => '-'.repeat(width))
  return [heads, rules, ...rows].map((cells) => `${line(cells)}\n`).join('')
}

/** A number with as many digits as one can use: three or four of them, never an exponent. */
export function rounded(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return value.toFixed(digits)
}
