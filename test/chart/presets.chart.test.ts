import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { chart, helm, presets, render, root } from './helm.ts'

/*
 * `vitest -u` (npm run test:chart -- -u) records anew what a preset makes: read the difference as its users will meet it.
 */

describe.each(presets)('preset %s', (name) => {
  const file = `${root}values/${name}.yaml`

  it('says in its first line whose situation it is', () => {
    expect(readFileSync(file, 'utf8')).toMatch(/^# You[r]? .+[.:]/)
  })

  it('renders as recorded, with Helm 3 and Helm 4', async () => {
    const [third, fourth] = [await render('helm3', ['--values', file]), await render('helm4', ['--values', file])]
    expect(fourth).toEqual(third)
    const text = third.map((manifest) => stringify(manifest, { lineWidth: 150 })).join('---\n')
    await expect(text).toMatchFileSnapshot(`rendered/${name}.yaml`)
  })

  it.each(['helm3', 'helm4'] as const)('passes the strict lint of %s', async (version) => {
    expect(await helm(version, ['lint', '--strict', chart, '--values', file])).toContain('0 chart(s) failed')
  })
})
