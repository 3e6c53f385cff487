import { expect, it } from 'vitest'
import { newestFitting, newestOf } from '../../../launcher/src/tools/constraint.ts'
import { readVersionConstraint } from '../../../protocol/tool-version.ts'

const versions = [
  '1.6.0',
  '1.9.0',
  '1.9.1',
  '1.10.0-rc1',
  '1.10.0-beta2',
  '1.10.0',
  '1.10.3',
  '1.11.0-alpha1',
  '2.0.0-rc1',
  '2.0.0',
  'x',
]

it.each([
  ['1.9.0', '1.9.0'],
  ['1.9', '1.9.1'],
  ['1.9.x', '1.9.1'],
  ['1.x', '1.10.3'],
  ['~> 1.9.0', '1.9.1'],
  ['~> 1.9', '1.10.3'],
  ['~> 1', '1.10.3'],
  ['>= 1.6, < 2.0', '1.10.3'],
  ['>= 1.6, < 1.10', '1.9.1'],
  ['> 1.9.0, <= 1.10.0', '1.10.0'],
  ['~> 1.9, != 1.10.3', '1.10.0'],
  ['>= 1.6', '2.0.0'],
  ['= 1.10.0-rc1', '1.10.0-rc1'],
  ['>= 1.11.0-alpha1, < 1.12', '1.11.0-alpha1'],
  ['< 2.0.0-rc2, > 1.10.3', '2.0.0-rc1'],
  ['~> 1.11', null],
  ['> 2.0', null],
])('%s is %s', async (constraint, version) => {
  expect(await newestFitting(versions, readVersionConstraint(constraint) ?? [])).toBe(version)
})

it('knows the newest releases', async () => expect(await newestOf(versions, 2)).toEqual(['2.0.0', '1.10.3']))
