import { describe, expect, it } from 'vitest'
import { describeOptions, helpText } from '../../../launcher/src/config/help.ts'
import type { Option } from '../../../launcher/src/config/option.ts'
import { options } from '../../../launcher/src/config/options.ts'

const rows = Object.values<Option<unknown>>(options)

describe('the table of settings', () => {
  it('has no name twice', () => expect(new Set(rows.map((row) => row.env)).size).toBe(rows.length))

  it('has defaults that can be read', () => {
    const unreadable = rows.filter((row) => row.kind === 'defaulted' && row.format.parse(row.fallback) === null)
    expect(unreadable).toEqual([])
  })

  it('says one sentence about each', () => {
    expect(rows.filter((row) => !/^[A-Z].*\.$/.test(row.doc) || row.doc.includes('\n'))).toEqual([])
  })
})

describe('helpText', () => {
  const text = helpText('1.2.3')

  it('shows every setting, its format, its default and its sentence', () => {
    for (const { name, format, byDefault, doc } of describeOptions()) {
      expect(text).toContain(`  ${name}\n      ${doc}\n      ${format}; ${byDefault}\n`)
    }
  })

  it('says the version, and what signals and exit codes mean', () => {
    expect(text).toContain('spacelift-launcher 1.2.3')
    expect(text).toContain('SIGTERM')
    expect(text).toContain('78 a configuration that cannot work')
  })

  it('fits a terminal', () => expect(text.split('\n').filter((line) => line.length > 120)).toEqual([]))
})
