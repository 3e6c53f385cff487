import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { options } from '../../mothership/src/serve/options.ts'

const chart = new URL('../../mothership/chart/', import.meta.url).pathname
const textOf = (file: string) => readFileSync(join(chart, file), 'utf8')
const templates = globSync('templates/*', { cwd: chart }).map(textOf).join('\n')

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
}

/** The paths of all values that are not maps of further ones; a map in one line is a value. */
function paths(lines: readonly string[]): string[] {
  const above: string[] = []
  return lines.flatMap((line) => {
    const [, indent = '', key, value] = /^( *)([A-Za-z]+):(.*)$/.exec(line) ?? []
    if (key === undefined) return []
    above.splice(indent.length / 2, above.length, key)
    return value === '' ? [] : [above.join('.')]
  })
}

describe("the mothership's chart", () => {
  const values = paths(textOf('values.yaml').split('\n'))

  it('has every value in its README, its schema and its templates', () => {
    const schema = JSON.parse(textOf('values.schema.json')) as Schema
    const inSchema = (path: string) =>
      path.split('.').reduce<Schema | undefined>((at, key) => at?.properties?.[key], schema) !== undefined
    const read = (path: string) => templates.includes(`.Values.${path}`) || templates.includes(`"${path}"`)
    expect(values.filter((path) => !textOf('README.md').includes(`| \`${path}\` |`))).toEqual([])
    expect(values.filter((path) => !inSchema(path))).toEqual([])
    expect(values.filter((path) => !read(path))).toEqual([])
  })

  it('has no default in its README but its own', () => {
    const own = parse(textOf('values.yaml')) as Record<string, unknown>
    const rows = [...textOf('README.md').matchAll(/^\| `([A-Za-z.]+)` \| `(.*?)` \|/gm)]
    expect(rows.map(([, path = '']) => path).toSorted()).toEqual(values.toSorted())
    for (const [, path = '', shown = ''] of rows) {
      const value = path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], own)
      expect(parse(shown)).toEqual(value)
    }
  })

  it('sets no variable that the mothership does not read', () => {
    const known = Object.values(options).map(({ env }) => env)
    const set = [...templates.matchAll(/name: (SPACELIFT_\w+)/g)].map(([, name]) => name ?? '')
    expect(set.filter((name) => !known.includes(name))).toEqual([])
    // Data directory and ports are the image's, and the state backend is where people are.
    expect(known.filter((name) => !set.includes(name)).toSorted()).toEqual([
      'SPACELIFT_MOTHERSHIP_BROKER_PORT',
      'SPACELIFT_MOTHERSHIP_DATA',
      'SPACELIFT_MOTHERSHIP_LAUNCHERS_PORT',
      'SPACELIFT_MOTHERSHIP_LISTEN',
      'SPACELIFT_MOTHERSHIP_PEOPLE_PORT',
      'SPACELIFT_MOTHERSHIP_STATE_ENDPOINT',
    ])
  })
})
