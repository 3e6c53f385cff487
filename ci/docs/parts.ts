/** The parts of a document that are made, by name. */
export type Parts = Readonly<Record<string, string>>

/** A document with each part between its marks replaced. Throws if a mark is missing. */
export function withParts(document: string, parts: Parts): string {
  return Object.entries(parts).reduce((text, [name, part]) => withPart(text, name, part), document)
}

function withPart(document: string, name: string, part: string): string {
  const begin = `<!-- ${name}: made by \`npm run docs\`, do not edit -->`
  const end = `<!-- /${name} -->`
  const from = document.indexOf(begin)
  const to = document.indexOf(end)
  if (from < 0 || to < from) throw new Error(`expected the marks ${begin} and ${end}`)
  return `${document.slice(0, from + begin.length)}\n\n${part}\n\n${document.slice(to)}`
}

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |`).join('\n')
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
