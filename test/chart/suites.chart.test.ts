import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { relative } from 'node:path'
import { expect, inject, it } from 'vitest'
import { chart, mothershipChart, root } from './helm.ts'

const suitesOf = (cwd: string, folder: string) =>
  globSync(`${folder}/*_test.yaml`, { cwd: root })
    .sort()
    .map((suite) => ({ suite, cwd }))
const suites = [...suitesOf(chart, 'test/chart'), ...suitesOf(mothershipChart, 'test/mothership/chart')]

it.each(suites)('$suite passes', async ({ suite, cwd }) => {
  // A path that has `./` in it is taken from the working directory, and others from the chart.
  const words = ['--strict', '--file', relative(cwd, `${root}${suite}`), '.']
  const { code, text } = await new Promise<{ code: number | null; text: string }>((resolve) => {
    const child = execFile(inject('chartTools')['helm-unittest'], words, { cwd }, (_, out, complaints) =>
      resolve({ code: child.exitCode, text: out + complaints }),
    )
  })
  expect(text).toMatch(/Test Suites: 1 passed, 1 total/)
  expect(code, text).toBe(0)
})
