import { describe, expect, it } from 'vitest'
import { readOptions } from '../../../ci/images/options.ts'

const read = (line: string) => readOptions(line.split(' ').filter(Boolean), '1.2.3')

describe('the command line of the image build', () => {
  it('names the image by the version, and takes the official bases', () => {
    expect(read('launcher')).toEqual({
      program: 'launcher',
      tag: 'spacelift-worker/launcher:1.2.3',
      bases: {},
      network: null,
      files: null,
      fresh: false,
    })
  })

  it('takes bases as build arguments', () => {
    expect(read('launcher --base b --node n --opa o --tag t --network host --fresh')).toMatchObject({
      tag: 't',
      bases: { BASE: 'b', NODE: 'n', OPA: 'o' },
      network: 'host',
      fresh: true,
    })
  })

  it('says what was expected and what came', () => {
    expect(read('')).toBe('expected one of launcher, mothership, and got ""')
    expect(read('docker')).toBe('expected one of launcher, mothership, and got "docker"')
    expect(read('launcher mothership')).toContain('got "launcher mothership"')
    expect(read('mothership --opa o')).toBe("--opa is of the launcher's image, and not of the mothership's")
    expect(read('launcher --nothing')).toContain('--nothing')
  })
})
