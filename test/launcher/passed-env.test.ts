import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { names } from '../../launcher/src/config/names.ts'
import { readPassedEnv } from '../../launcher/src/passed-env.ts'

function read(lists: { pass?: string; mask?: string }, env: Readonly<Record<string, string>>) {
  const passedEnvs = names.parse(lists.pass ?? '')
  const maskedEnvs = names.parse(lists.mask ?? '')
  const reading = readPassedEnv({ passedEnvs, maskedEnvs }, env)
  return {
    ...reading,
    passed: reading.passed.map(({ name, access, value }) => `${access} ${name}=${value.reveal()}`),
    masked: reading.masked.map((value) => value.reveal()).sort(),
    shown: inspect(reading, { depth: 9 }),
  }
}

describe('readPassedEnv', () => {
  it('looks up the name with its prefix first, and drops the prefix', () => {
    const env = { ro_KEY: 'reading', KEY: 'any', wo_OTHER: 'writing', EMPTY: '', LINES: 'a=b\nc' }
    expect(read({ pass: ' ro_KEY, wo_KEY,,KEY,wo_OTHER,EMPTY,LINES,' }, env)).toMatchObject({
      passed: [
        'read KEY=reading',
        'write KEY=any',
        'both KEY=any',
        'write OTHER=writing',
        'both EMPTY=',
        'both LINES=a=b\nc',
      ],
      warnings: [],
      problems: [],
    })
  })

  it('warns of what is listed and not set', () => {
    expect(
      read({ pass: 'wo_KEY,HOME', mask: 'NONE,ro_OTHER' }, { HOME: '/', wo_OTHER: 'long enough' }).warnings,
    ).toEqual([
      'SPACELIFT_WHITELIST_ENVS lists wo_KEY, which is not set: no run is given it',
      'SPACELIFT_MASK_ENVS lists NONE, which is not set: there is nothing to mask',
    ])
  })

  it('masks a value under each of its names, passed or not, and shows none', () => {
    const env = { KEY: 'first one', ro_KEY: 'second one', wo_OTHER: 'third one' }
    const { masked, shown, passed } = read({ pass: 'KEY', mask: 'ro_KEY,KEY,OTHER' }, env)
    expect(masked).toEqual(['first one', 'second one', 'third one'])
    expect(passed).toEqual(['both KEY=first one'])
    expect(shown).not.toMatch(/(first|second|third) one/)
  })

  it('refuses a value that is too short to be masked, without showing it, but an empty one needs no mask', () => {
    expect(read({ mask: 'PIN,EMPTY' }, { PIN: ' 123 ', EMPTY: '' })).toMatchObject({
      masked: [' 123 '],
      warnings: [],
      problems: [
        'SPACELIFT_MASK_ENVS: the value of PIN is shorter than 4 bytes, and cannot be masked: it would be found in too many words',
      ],
    })
  })

  it("passes no credentials of the pool's", () => {
    expect(read({ pass: 'ro_SPACELIFT_TOKEN' }, { SPACELIFT_TOKEN: 'x' }).problems).toEqual([
      "SPACELIFT_WHITELIST_ENVS: SPACELIFT_TOKEN would give the pool's credentials to every run",
    ])
  })
})
