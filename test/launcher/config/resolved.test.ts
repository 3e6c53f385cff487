import { describe, expect, it } from 'vitest'
import { groupedSettings } from '../../../launcher/src/config/resolved.ts'

const all = (...about: Parameters<typeof groupedSettings>) =>
  new Map(groupedSettings(...about).flatMap(({ settings }) => settings.map((setting) => [setting.name, setting])))

describe('groupedSettings', () => {
  it('says where each value comes from', () => {
    const files = new Map([['SPACELIFT_TOKEN', { text: 'the token', file: '/run/token' }]])
    const settings = all({ SPACELIFT_WORKER_PIDS: ' 100 ', SPACELIFT_METADATA_zone: 'b' }, files)
    expect(settings.get('SPACELIFT_WORKER_PIDS')).toMatchObject({ value: '100', from: 'environment' })
    expect(settings.get('SPACELIFT_LAUNCHER_RUN_TIMEOUT')).toMatchObject({ value: '70m', from: 'default' })
    expect(settings.get('SPACELIFT_WORKER_MEMORY')).toMatchObject({
      value: null,
      from: 'default',
      meaning: 'no limit',
    })
    expect(settings.get('SPACELIFT_TOKEN')).toMatchObject({ from: 'file', file: '/run/token' })
    expect(settings.get('SPACELIFT_POOL_PRIVATE_KEY')).toMatchObject({ value: null, from: 'unset' })
    expect(settings.get('SPACELIFT_METADATA_zone')).toMatchObject({ value: 'b', from: 'environment' })
  })

  it('shows of a secret its length and a short hash', () => {
    expect(all({ SPACELIFT_TOKEN: 'the token' }).get('SPACELIFT_TOKEN')?.value).toBe('9 characters, SHA-256 d94772fd…')
  })

  it('shows no password in an address', () => {
    const env = { SPACELIFT_LAUNCHER_TOOL_MIRROR: 'https://ada:geheim@mirror.example/x' }
    expect(all(env).get('SPACELIFT_LAUNCHER_TOOL_MIRROR')?.value).toBe('https://…@mirror.example/x')
  })
})
