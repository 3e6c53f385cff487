import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { expect, inject, it } from 'vitest'
import { chart, root } from './helm.ts'

const suites = globSync('test/chart/*_test.yaml', { cwd: root }).sort()

it.each(suites)('%s passes', async (suite) => {
  // A path that has `./` in it is taken from the working directory, and others from the chart.
  const words = ['--strict', '--file', `../${suite}`, '.']
  const { code, text } = await new Promise<{ code: number | null; text: string }>((resolve) => {
    const child = execFile(inject('chartTools')['helm-unittest'], words, { cwd: chart }, (_, out, complaints) =>
      resolve({ code: child.exitCode, text: out + complaints }),
    )
  })
  expect(text).toMatch(/Test Suites: 1 passed, 1 total/)
  expect(code, text).toBe(0)
})
