import { describe, expect, it } from 'vitest'
import { chooseApiVersion } from '../../../launcher/src/engine/api-version.ts'

const daemon = (ApiVersion: string, MinAPIVersion = '1.12') => ({ Version: '1.2.3', ApiVersion, MinAPIVersion })

describe('chooseApiVersion', () => {
  it('takes the newest version that both speak', () => {
    expect(chooseApiVersion(daemon('1.41'))).toBe('1.41')
    expect(chooseApiVersion(daemon('1.43'))).toBe('1.43')
    expect(chooseApiVersion(daemon('1.52', '1.44'))).toBe('1.44')
  })

  it('refuses a daemon that is too old, naming both', () => {
    expect(() => chooseApiVersion(daemon('1.40'))).toThrow(
      'Docker engine 1.2.3 speaks API 1.12 to 1.40, this launcher speaks 1.41 to 1.44',
    )
    for (const version of ['1.9', '0.99', '']) {
      expect(() => chooseApiVersion(daemon(version))).toThrow(expect.objectContaining({ code: 'ENGINE_TOO_OLD' }))
    }
    expect(() => chooseApiVersion({})).toThrow(expect.objectContaining({ code: 'ENGINE_TOO_OLD' }))
  })

  it('refuses a daemon that has dropped all that this launcher speaks', () => {
    expect(() => chooseApiVersion(daemon('2.0', '1.60'))).toThrow(
      'speaks API 1.60 to 2.0, this launcher speaks 1.41 to 1.44',
    )
  })
})
