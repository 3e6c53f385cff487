import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { schemaOf } from './schema.ts'
import { tablesOf, withTables } from './table.ts'
import { leavesOf, readValues } from './values.ts'

const chart = new URL('../../chart/', import.meta.url)

/** What is made from `chart/values.yaml`: paths and texts. JSON is left to the formatter. */
export function generatedFiles(): { readonly path: string; readonly text: string }[] {
  const values = readValues(readFileSync(new URL('values.yaml', chart), 'utf8'))
  const readme = new URL('README.md', chart)
  const defaults = Object.fromEntries(leavesOf(values).map((value) => [value.path, value.byDefault]))
  return [
    { path: fileURLToPath(new URL('files/defaults.json', chart)), text: `${JSON.stringify(defaults, null, 2)}\n` },
    {
      path: fileURLToPath(new URL('values.schema.json', chart)),
      text: `${JSON.stringify(schemaOf(values), null, 2)}\n`,
    },
    { path: fileURLToPath(readme), text: withTables(readFileSync(readme, 'utf8'), tablesOf(values)) },
  ]
}
