import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { findOpa } from '../../../launcher/src/policy/find-opa.ts'

const world = (...programs: string[]) => {
  const root = mkdtempSync(join(tmpdir(), 'find-opa-'))
  for (const program of programs) {
    mkdirSync(join(root, dirname(program)), { recursive: true })
    writeFileSync(join(root, program), '')
    chmodSync(join(root, program), 0o755)
  }
  const at = (path: string) => join(root, path)
  const places = { configured: null, beside: at('beside'), path: `${at('first')}:${at('second')}` }
  return { at, places, [Symbol.dispose]: () => rmSync(root, { recursive: true }) }
}

it('finds opa beside the launcher before that on the PATH', async () => {
  using one = world('beside/opa', 'first/opa')
  expect(await findOpa(one.places)).toBe(one.at('beside/opa'))
})

it('finds the first on the PATH', async () => {
  using one = world('second/opa')
  expect(await findOpa(one.places)).toBe(one.at('second/opa'))
})

it('takes no other than the configured one', async () => {
  using one = world('beside/opa', 'own/opa')
  expect(await findOpa({ ...one.places, configured: one.at('own/opa') })).toBe(one.at('own/opa'))
  await expect(findOpa({ ...one.places, configured: one.at('own/none') })).rejects.toMatchObject({
    code: 'CONFIGURATION',
    message: `SPACELIFT_LAUNCHER_OPA: ${one.at('own/none')} is not an executable file`,
  })
})

it('says in one sentence that there is none, also if one cannot be executed or is a directory', async () => {
  using one = world()
  mkdirSync(one.at('beside/opa'), { recursive: true })
  const missing = { code: 'CONFIGURATION', message: expect.stringContaining('needs opa 1.0 or later') as string }
  await expect(findOpa(one.places)).rejects.toMatchObject(missing)
})
