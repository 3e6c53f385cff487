import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { generatedFiles } from '../../ci/chart/generate.ts'
import { leavesOf, readValues, type Value } from '../../ci/chart/values.ts'
import { Metrics } from '../../launcher/src/lifecycle/metrics.ts'

const root = new URL('../../', import.meta.url).pathname
const read = (path: string) => readFileSync(`${root}${path}`, 'utf8')
const values = readValues(read('chart/values.yaml'))
const templates = globSync('chart/templates/**/*.{yaml,tpl,txt}', { cwd: root }).map((path) => ({
  path,
  text: read(path),
}))

describe('what is made from the values', () => {
  it.each(generatedFiles())('$path is up to date: `npm run docs` makes it', ({ path, text }) => {
    const there = readFileSync(path, 'utf8')
    if (path.endsWith('.json')) expect(JSON.parse(there)).toEqual(JSON.parse(text))
    else expect(there).toBe(text)
  })
})

describe('values.yaml', () => {
  it('has a sentence about every value', () => {
    const bare = leavesOf(values).filter((value) => !/^.+[.)]$/.test(value.doc) || value.section === '')
    expect(bare.map((value) => value.path)).toEqual([])
  })

  it('has every value that a template reads', () => {
    const known = new Set(pathsOf(values))
    const unknown = templates.flatMap(({ path, text }) =>
      [...text.matchAll(/\.Values\.([A-Za-z.]*[A-Za-z])/g)]
        .map((match) => match[1] ?? '')
        .filter((value) => !known.has(value))
        .map((value) => `${path}: .Values.${value}`),
    )
    expect(unknown).toEqual([])
  })
})

describe('templates', () => {
  it('are within 150 lines each', () => {
    expect(templates.filter(({ text }) => text.split('\n').length > 151).map(({ path }) => path)).toEqual([])
  })

  it('begin with the defaults, where they make objects', () => {
    const call = '{{- include "spacelift-worker.defaults" . -}}'
    const without = templates.filter(({ path, text }) => !path.endsWith('.tpl') && !text.startsWith(call))
    expect(without.map(({ path }) => path)).toEqual([])
  })
})

describe('rules across values', () => {
  it('are asked for, each of them', () => {
    const text = templates.map((template) => template.text).join('\n')
    const defined = [...text.matchAll(/define "spacelift-worker\.rule\.(\w+)"/g)].map((match) => match[1] ?? '')
    const asked = /\$rules := list (.*) -\}\}/.exec(text)?.[1]?.match(/\w+/g) ?? []
    expect(asked.toSorted()).toEqual(defined.toSorted())
  })
})

describe('README.md', () => {
  it('names every preset', () => {
    const rows = [...read('chart/README.md').matchAll(/^\| `([a-z-]+)` \| [a-z]/gm)].map((match) => match[1] ?? '')
    const presets = globSync('values/*.yaml', { cwd: root }).map((path) =>
      path.slice('values/'.length, -'.yaml'.length),
    )
    expect(rows.toSorted()).toEqual(presets.toSorted())
  })
})

describe('dashboard and alerts', () => {
  it.each(['chart/files/dashboard.json', 'chart/templates/_alerts.tpl'])(
    '%s uses only metrics that there are',
    async (path) => {
      const used = new Set(read(path).match(/\b(spacelift_launcher|process|nodejs)_[a-z_]+/g))
      const there = await metricNames()
      expect([...used].filter((name) => !there.has(name))).toEqual([])
      expect(used.size).toBeGreaterThan(3)
    },
  )

  it('show every metric of the launcher', async () => {
    const shown = read('chart/files/dashboard.json')
    const ours = [...(await metricNames())].filter((name) => name.startsWith('spacelift_launcher_'))
    const missing = ours.filter((name) => !shown.includes(name))
    expect(missing, 'add a panel to chart/files/dashboard.json for these metrics').toEqual([])
  })
})

function pathsOf(all: readonly Value[]): string[] {
  return all.flatMap((value) => [value.path, ...pathsOf(value.members)])
}

async function metricNames(): Promise<Set<string>> {
  const metrics = new Metrics({
    state: () => 'ready',
    busy: () => false,
    heartbeatAgeMs: () => null,
    certificateExpiresAt: () => 0,
    markPending: () => false,
    version: '1',
  })
  const { text } = await metrics.exposition()
  return new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1] ?? ''))
}
