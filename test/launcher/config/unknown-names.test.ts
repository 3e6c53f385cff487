import { describe, expect, it } from 'vitest'
import { load } from '../../../launcher/src/config/load.ts'

const warnings = (env: Record<string, string>) => load(env).warnings

describe('unknown names', () => {
  it('names the setting that was probably meant', () => {
    expect(warnings({ SPACELIFT_LAUNCHER_RUN_TIMOUT: '5m' })).toEqual([
      'SPACELIFT_LAUNCHER_RUN_TIMOUT is not a setting of this launcher and changes nothing; did you mean SPACELIFT_LAUNCHER_RUN_TIMEOUT?',
    ])
  })

  it('names nothing when nothing is near', () => {
    expect(warnings({ SPACELIFT_ZZZ: '1' })).toEqual([
      'SPACELIFT_ZZZ is not a setting of this launcher and changes nothing',
    ])
  })

  it('warns once for each name', () => {
    expect(warnings({ SPACELIFT_A: '1', SPACELIFT_B: '2' })).toHaveLength(2)
  })

  it('is not shown a value', () => {
    expect(warnings({ SPACELIFT_TOKENS: 'hunter2' }).join()).not.toContain('hunter2')
  })

  it.each([
    ['a setting', 'SPACELIFT_LAUNCHER_HEALTH_PORT', '1986'],
    ['metadata', 'SPACELIFT_METADATA_anything', 'x'],
    ['what is not ours', 'PATH', '/bin'],
    ["the mothership's settings", 'SPACELIFT_MOTHERSHIP_DATA', '/data'],
    ["spacectl's settings", 'SPACELIFT_API_KEY_ID', 'x'],
    ['what Kubernetes sets for a service', 'SPACELIFT_WORKER_SERVICE_HOST', '10.0.0.1'],
    ['what Kubernetes sets for its named port', 'SPACELIFT_WORKER_SERVICE_PORT_HTTPS', '1985'],
    ['what Kubernetes sets for its address', 'SPACELIFT_WORKER_PORT_1985_TCP_ADDR', '10.0.0.1'],
    ['what Kubernetes sets for its port', 'SPACELIFT_WORKER_PORT', 'tcp://10.0.0.1:1985'],
  ])('is silent about %s', (_what, name, text) => expect(warnings({ [name]: text })).toEqual([]))
})
