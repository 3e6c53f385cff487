import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Scratch } from '../../../launcher/src/policy/scratch.ts'

const place = () => {
  const path = mkdtempSync(join(tmpdir(), 'scratch-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}
const nowhere = join(tmpdir(), 'scratch-that-nobody-makes')
const day = 24 * 60 * 60_000

it('makes its directory in the first place that there is, with the files, and removes it', async () => {
  using good = place()
  const scratch = new Scratch([nowhere, good.path, tmpdir()])
  const made = await scratch.with({ a: 'text' }, async (directory) => {
    expect(readFileSync(join(directory, 'a'), 'utf8')).toBe('text')
    return directory
  })
  expect(made.startsWith(good.path)).toBe(true)
  expect(readdirSync(good.path)).toEqual([])
})

it('removes it also if the work fails', async () => {
  using good = place()
  await expect(new Scratch([good.path]).with({}, () => Promise.reject(new Error('bad')))).rejects.toThrow('bad')
  expect(readdirSync(good.path)).toEqual([])
})

it('rejects if there is no place', async () => {
  await expect(new Scratch([nowhere]).with({}, async () => 1)).rejects.toMatchObject({ code: 'ENOENT' })
})

it('removes what was left a day ago, and nothing else', async () => {
  using good = place()
  const scratch = new Scratch([good.path, nowhere])
  for (const name of ['policy-old', 'jobs']) mkdirSync(join(good.path, name))
  writeFileSync(join(good.path, 'policy-old', 'policy.rego'), '')
  writeFileSync(join(good.path, 'policy-file'), '')
  await scratch.sweep(Date.now() + day / 2)
  expect(existsSync(join(good.path, 'policy-old'))).toBe(true)
  await scratch.sweep(Date.now() + day + 60_000)
  expect(readdirSync(good.path).sort()).toEqual(['jobs', 'policy-file'])
})
