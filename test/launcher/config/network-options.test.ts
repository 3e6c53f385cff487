import { expect, it } from 'vitest'
import { load } from '../../../launcher/src/config/load.ts'
import { outboundOf, withProxies } from '../../../launcher/src/outbound.ts'
import { ThrowawayAuthority } from '../../fakes/certificates.ts'

const given = { SPACELIFT_TOKEN: 'the token', SPACELIFT_POOL_PRIVATE_KEY: 'the key' }
const base64 = (text: string) => Buffer.from(text).toString('base64')
const listed = (...pems: unknown[]) => base64(JSON.stringify({ caCertificates: pems }))

function outbound(env: Readonly<Record<string, string>>) {
  const { config, problems } = load(withProxies({ ...given, ...env }))
  if (!config) throw new Error(problems.join())
  return outboundOf(config)
}

it('takes proxies from the environment, in lower case before capitals, and without a scheme', () => {
  const env = {
    HTTPS_PROXY: 'http://other:1',
    https_proxy: 'http://ada:p%40ss@proxy:3128',
    http_proxy: 'proxy:80',
    NO_PROXY: '.x',
  }
  expect(outbound(env).proxy).toEqual({
    HTTPS_PROXY: 'http://ada:p%40ss@proxy:3128/',
    HTTP_PROXY: 'http://proxy/',
    NO_PROXY: '.x',
  })
  expect(outbound({ HTTPS_PROXY: '', https_proxy: '' })).toEqual({ proxy: {}, authorities: [] })
})

it.each([
  ['socks5://ada:hunter2@proxy:1', '…@proxy:1'],
  ['http://ada:hunter2@', '…@'],
  ['http://ada:hun/ter2@proxy:1/path', '…@proxy:1/path'],
])('says what is wrong with the proxy %s, without its password', (text, shown) => {
  const { problems } = load({ ...given, HTTPS_PROXY: text })
  expect(problems).toEqual([
    `HTTPS_PROXY: expected http://host:port or http://name:password@host:port, got ${JSON.stringify(shown)}`,
  ])
})

it('reads certificates of authorities, bundles of them too', () => {
  const [one, two] = [new ThrowawayAuthority().certificate.trim(), new ThrowawayAuthority().certificate.trim()]
  const both = `# a comment\n${one}\n${two}\n`
  expect(outbound({ ADDITIONAL_ROOT_CAS: listed(base64(one), base64(both)) }).authorities).toEqual([one, one, two])
  expect(outbound({ ADDITIONAL_ROOT_CAS: listed() }).authorities).toEqual([])
})

it.each([
  ['not base64 of JSON', 'something else'],
  [base64('{}'), 'something else'],
  [base64('{"caCertificates": "x"}'), 'something else'],
  [base64('null'), 'something else'],
  [listed(7), 'no certificate as caCertificates[0]'],
  [
    listed(base64('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----')),
    'no certificate as caCertificates[0]',
  ],
])('says what is wrong with authorities %#', (text, came) => {
  expect(load({ ...given, ADDITIONAL_ROOT_CAS: text }).problems).toEqual([
    `ADDITIONAL_ROOT_CAS: expected base64 of {"caCertificates":["<base64 of a PEM certificate>", ...]}, got ${JSON.stringify(came)}`,
  ])
})
