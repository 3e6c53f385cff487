import { leavesOf, type Value } from './values.ts'

/** The README's tables of values, a heading for each section. */
export function tablesOf(values: readonly Value[]): string {
  const leaves = leavesOf(values)
  const sections = [...new Set(leaves.map((value) => value.section))]
  return sections.map((section) => tableOf(section, leaves)).join('\n\n')
}

function tableOf(section: string, leaves: readonly Value[]): string {
  const rows = leaves
    .filter((value) => value.section === section)
    .map((value) => `| \`${value.path}\` | ${defaultOf(value.byDefault)} | ${value.doc.replaceAll('|', '\\|')} |`)
  return [`### ${section}`, '', '| value | default | meaning |', '|---|---|---|', ...rows].join('\n')
}

function defaultOf(value: unknown): string {
  return value === null || value === '' ? '' : `\`${JSON.stringify(value).replaceAll('|', '\\|')}\``
}

const begin = '<!-- values: made by `npm run docs`, do not edit -->'
const end = '<!-- /values -->'

/** A document whose part between the marks is replaced. */
export function withTables(document: string, tables: string): string {
  const from = document.indexOf(begin)
  const to = document.indexOf(end)
  if (from < 0 || to < from) throw new Error(`chart/README.md: expected the marks ${begin} and ${end}`)
  return `${document.slice(0, from + begin.length)}\n\n${tables}\n\n${document.slice(to)}`
}
