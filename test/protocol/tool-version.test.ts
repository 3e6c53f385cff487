import { describe, expect, it } from 'vitest'
import { isExactVersion, readVersionConstraint } from '../../protocol/tool-version.ts'

describe('readVersionConstraint', () => {
  it.each([
    ['1.9.1', [{ operator: '=', parts: [1, 9, 1], prerelease: null }]],
    ['v1.9.1', [{ operator: '=', parts: [1, 9, 1], prerelease: null }]],
    ['1.9', [{ operator: '~', parts: [1, 9], prerelease: null }]],
    ['1.9.x', [{ operator: '~', parts: [1, 9], prerelease: null }]],
    ['1.*', [{ operator: '~', parts: [1], prerelease: null }]],
    ['~> 1.9', [{ operator: '~>', parts: [1, 9], prerelease: null }]],
    ['1.10.0-rc1', [{ operator: '=', parts: [1, 10, 0], prerelease: 'rc1' }]],
    [
      '>=1.6 , < 2.0, != 1.7.3',
      [
        { operator: '>=', parts: [1, 6], prerelease: null },
        { operator: '<', parts: [2, 0], prerelease: null },
        { operator: '!=', parts: [1, 7, 3], prerelease: null },
      ],
    ],
  ])('reads %s', (text, conditions) => expect(readVersionConstraint(text)).toEqual(conditions))

  it.each([
    '',
    'latest',
    '~>',
    '>= 1.6,',
    '^1.2',
    '1.2.3.4',
    '= 1.9.x',
    '1.9.1.x',
    '1.9-rc1',
    '../1',
    `${'1,'.repeat(10)}1`,
  ])('refuses %j', (text) => expect(readVersionConstraint(text)).toBeNull())
})

it('knows a version in full', () => {
  expect(['1.9.1', '1.10.0-rc1', '0.0.0'].every(isExactVersion)).toBe(true)
  expect(['1.9', 'v1.9.1', '1.9.1\n', '../1.9.1', '1.9.1/..', '1.9.1-'].some(isExactVersion)).toBe(false)
})
