import { describe, expect, it } from 'vitest'
import { reportJson, reportText, type Report } from './report.ts'
import { measures } from './targets.ts'

const report: Report = {
  machine: [['kernel', '6.1']],
  measured: [
    { id: 'start', ours: [110, 100, 130], floor: [100, 100, 100] },
    { id: 'throughput', ours: [30, 20, 10], floor: [40, 40, 40] },
  ],
  notes: [{ title: 'memory', value: '100 MiB' }],
  steps: [{ name: 'call: GET orders', atMs: 1.25, tookMs: 0.5 }],
  unmeasured: [{ what: 'process', why: 'it did not start' }],
}

const rowOf = (text: string, title: string) =>
  text.split('\n').find((line) => line.startsWith(title) && / at (most|least) /.test(line)) ?? ''

describe('report', () => {
  const text = reportText(report)

  it('shows medians, p90 and the ratio beside the target', () => {
    const cells = rowOf(text, measures.start.title).slice(measures.start.title.length).trim().split(/ {2,}/)
    expect(cells).toEqual(['ms', '3', '110', '126', '100', '100', '1.10', 'at most 1.1'])
  })

  it('takes as p90 of what is to be high the value that nine of ten samples reach', () => {
    const cells = rowOf(text, measures.throughput.title).slice(measures.throughput.title.length).trim().split(/ {2,}/)
    expect(cells).toEqual(['MiB/s', '3', '20.0', '12.0', '40.0', '40.0', '0.50', 'at least 0.9'])
  })

  it('says what each floor is, where the time went, and what could not be measured', () => {
    expect(text).toContain(measures.start.floor)
    expect(text).toMatch(/1\.3 +0\.5 +call: GET orders/)
    expect(text).toContain('NOT MEASURED: process: it did not start')
  })

  it('leaves out what there is nothing of', () => {
    expect(reportText({ machine: [], measured: [], notes: [], steps: [], unmeasured: [] })).toBe('')
  })

  it('gives every sample as JSON', () => {
    const json = reportJson(report)
    expect(json).toMatchObject({ machine: { kernel: '6.1' }, unmeasured: report.unmeasured })
    expect(json).toHaveProperty('measured.0.ours.samples', [110, 100, 130])
    expect(json).toHaveProperty('measured.0.ratio', 1.1)
  })
})
