import { describe, expect, it } from 'vitest'
import { readOptions, UsageError } from './options.ts'

describe('options', () => {
  it('measures everything twenty times by default', () => {
    expect(readOptions([])).toMatchObject({
      runs: 20,
      throughputRuns: 5,
      only: ['no-op', 'throughput', 'masking', 'process'],
    })
  })

  it('takes what it is given', () => {
    const words = ['--runs', '3', '--only', 'process,no-op', '--json', 'out.json']
    expect(readOptions(words)).toMatchObject({ runs: 3, only: ['no-op', 'process'], json: 'out.json' })
  })

  it('names everything that is wrong', () => {
    const read = () => readOptions(['--runs', '0', '--only', 'memory', '--mebibytes', 'x'])
    expect(read).toThrow(UsageError)
    expect(read).toThrow(/--runs: .*--mebibytes: .*--only: .*"memory"/)
  })

  it('refuses options that it does not know', () => expect(() => readOptions(['--rums', '3'])).toThrow(/--rums/))
})
