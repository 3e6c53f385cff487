import { globSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { failureTexts } from '../../../ci/docs/failure-texts.ts'
import { failures } from '../../../launcher/src/base/errors.ts'

const root = new URL('../../../', import.meta.url).pathname
const sources = globSync('launcher/src/**/*.ts', { cwd: root, exclude: ['launcher/src/base/errors.ts'] })
const program = sources.map((file) => readFileSync(`${root}${file}`, 'utf8')).join('\n')
const readme = readFileSync(`${root}launcher/README.md`, 'utf8')

it.each(Object.keys(failures))('%s can happen, is listed, and says what to do about it', (code) => {
  const named = new RegExp(`['"]${code}['"]|\\b${code}:`).test(program)
  expect(named, 'nothing in launcher/src fails with it').toBe(true)
  expect(readme).toContain(`| \`${code}\` | `)
  expect(failureTexts).toHaveProperty(code)
})

it('says of each failure what it is and what to do, and nothing twice', () => {
  const texts = Object.values(failureTexts)
  expect(texts.filter((text) => !/^[A-Z].{30,}[.?]$/s.test(text))).toEqual([])
  expect(new Set(texts).size).toBe(texts.length)
})
