import { describe, expect, it } from 'vitest'
import { load } from '../../../launcher/src/config/load.ts'
import { vcsMapping } from '../../../launcher/src/config/vcs-options.ts'

const given = { SPACELIFT_TOKEN: 'the token', SPACELIFT_POOL_PRIVATE_KEY: 'the key' }
const name = 'SPACELIFT_PRIVATEVCS_MAPPING_NAME_'
const endpoint = 'SPACELIFT_PRIVATEVCS_MAPPING_BASE_ENDPOINT_'
const problemsOf = (env: Record<string, string>) => load({ ...given, ...env }).problems

describe('the mapping of VCS agent pools', () => {
  it('gives each pool its server', () => {
    const env = {
      [`${name}0`]: 'first pool',
      [`${endpoint}0`]: 'https://git.example/',
      [`${name}1`]: 'second',
      [`${endpoint}1`]: 'ssh://git@git.example:2222',
    }
    const { config, problems } = load({ ...given, ...env })
    expect(problems).toEqual([])
    expect([...vcsMapping(config ?? {})]).toEqual([
      ['first pool', 'https://git.example'],
      ['second', 'ssh://git@git.example:2222'],
    ])
  })

  it('is empty by itself', () => expect(vcsMapping(load(given).config ?? {}).size).toBe(0))

  it.each([
    [{ [`${name}0`]: 'a' }, `${name}0 is set, and ${endpoint}0 is not: expected both`],
    [{ [`${endpoint}0`]: 'https://a' }, `${endpoint}0 is set, and ${name}0 is not: expected both`],
    [
      { [`${name}1`]: 'a', [`${endpoint}1`]: 'https://a' },
      `${name}1 is set, and ${name}0 is not: expected numbers from 0 without a gap`,
    ],
    [{ [`${name}x`]: 'a', [`${endpoint}x`]: 'https://a' }, `${name}x: expected a number at its end, such as ${name}0`],
    [{ [`${name}01`]: 'a' }, `${name}01: expected a number at its end, such as ${name}0`],
    [
      { [`${name}0`]: 'a', [`${endpoint}0`]: 'https://a', [`${name}1`]: 'a', [`${endpoint}1`]: 'https://b' },
      `${name}1: "a" is the name of 0 as well`,
    ],
  ])('refuses %o', (env, problem) => expect(problemsOf(env)).toEqual([problem]))

  it('refuses an address that holds a password, without showing it', () => {
    const [problem = '', ...more] = problemsOf({
      [`${name}0`]: 'a',
      [`${endpoint}0`]: 'https://ada:hunter2@git.example',
    })
    expect(problem).toContain(`${endpoint}0: expected the address of a git server`)
    expect([problem, ...more].join()).not.toContain('hunter2')
  })
})
