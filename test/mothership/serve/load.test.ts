import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { load } from '../../../mothership/src/serve/load.ts'
import { options as settings } from '../../../mothership/src/serve/options.ts'

const minimal = { data: '/var/lib/mothership' }
const optionsOf = (...args: Parameters<typeof load>) => {
  const loaded = load(...args)
  if ('problems' in loaded) throw new Error(loaded.problems.join('\n'))
  return loaded.options
}

describe('settings', () => {
  it('need nothing but a directory', () => {
    expect(optionsOf(minimal, {})).toEqual({
      dataDirectory: '/var/lib/mothership',
      addresses: [],
      peoplePort: 1983,
      brokerPort: 1984,
      launchersPort: 1985,
      publicHosts: [],
      brokerEndpoint: null,
      stateEndpoint: null,
      issuer: null,
      heartbeatSeconds: 10,
      leaseSeconds: 60,
      maxWorkspaceBytes: 10 * 1024 ** 3,
      logLevel: 'info',
    })
  })

  it('can all come from the environment, where lists have commas', () => {
    const env = {
      SPACELIFT_MOTHERSHIP_DATA: '/data',
      SPACELIFT_MOTHERSHIP_LISTEN: '127.0.0.1, ::1',
      SPACELIFT_MOTHERSHIP_PEOPLE_PORT: '0',
      SPACELIFT_MOTHERSHIP_PUBLIC_HOST: 'mothership.example,10.0.0.1',
      SPACELIFT_MOTHERSHIP_STATE_ENDPOINT: 'https://host.docker.internal:1983/',
      SPACELIFT_MOTHERSHIP_HEARTBEAT_SECONDS: '0.5',
      SPACELIFT_MOTHERSHIP_LEASE_SECONDS: '',
    }
    expect(optionsOf({}, env)).toMatchObject({
      dataDirectory: '/data',
      addresses: ['127.0.0.1', '::1'],
      peoplePort: 0,
      publicHosts: ['mothership.example', '10.0.0.1'],
      stateEndpoint: 'https://host.docker.internal:1983',
      heartbeatSeconds: 0.5,
      leaseSeconds: 60,
    })
  })

  it('are taken from the flag where both are given', () => {
    const env = { SPACELIFT_MOTHERSHIP_PEOPLE_PORT: '1', SPACELIFT_MOTHERSHIP_LISTEN: '10.0.0.1' }
    const flags = { ...minimal, 'people-port': '2', listen: ['127.0.0.1', '127.0.0.2'] }
    expect(optionsOf(flags, env)).toMatchObject({ peoplePort: 2, addresses: ['127.0.0.1', '127.0.0.2'] })
  })

  it('are refused with all problems at once, each by the name under which it was given', () => {
    const flags = { 'people-port': '70000', listen: ['here', '127.0.0.1', 'there'] }
    const env = { SPACELIFT_MOTHERSHIP_BROKER_PORT: 'mqtt', SPACELIFT_MOTHERSHIP_STATE_ENDPOINT: 'ftp://x' }
    const loaded = load(flags, env)
    const problems = 'problems' in loaded ? loaded.problems : []
    expect(problems).toHaveLength(6)
    for (const text of [
      '--data (SPACELIFT_MOTHERSHIP_DATA)',
      '--people-port',
      '"here"',
      '"there"',
      'SPACELIFT_MOTHERSHIP_BROKER_PORT',
      'ftp://x',
    ]) {
      expect(problems.join('\n')).toContain(text)
    }
  })

  it.each(['websockets', 'http://a.example', 'mqtts://a.example/mqtt', 'wss://ada:s@a.example/mqtt', 'wss://'])(
    'refuse %s as the broker’s endpoint, by the name of the setting',
    (text) => {
      const loaded = load({ ...minimal, 'broker-endpoint': text }, {})
      expect('problems' in loaded && loaded.problems).toEqual([
        expect.stringMatching(/^--broker-endpoint: expected websocket, or a URL such as mqtts:/),
      ])
    },
  )

  it('refuse a lease that a single late heartbeat would end', () => {
    expect(load({ ...minimal, 'heartbeat-seconds': '10', 'lease-seconds': '19' }, {})).toHaveProperty(
      'problems.length',
      1,
    )
    expect(load({ ...minimal, 'heartbeat-seconds': '10', 'lease-seconds': '20' }, {})).toHaveProperty('options')
  })

  it('warn of names that look like settings and are none', () => {
    const env = { SPACELIFT_MOTHERSHIP_PEOPLES_PORT: '1', SPACELIFT_MOTHERSHIP_PROFILE: 'x', SPACELIFT_TOKEN: 'x' }
    expect(load(minimal, env)).toMatchObject({ warnings: [expect.stringContaining('PEOPLES_PORT')] })
  })

  it('are read without an exception from any text', () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.integer().map(String))
    const flags = fc.dictionary(fc.constantFrom(...Object.values(settings).map(({ flag }) => flag)), text)
    fc.assert(fc.property(flags, (given) => void load(given, {})))
  })

  it('have names of one family, and a sentence each', () => {
    for (const { flag, env, doc } of Object.values(settings)) {
      expect(env).toBe(`SPACELIFT_MOTHERSHIP_${flag.toUpperCase().replaceAll('-', '_')}`)
      expect(doc).toMatch(/^[A-Z].*\.$/)
    }
  })
})
