import { X509Certificate } from 'node:crypto'
import { Secret } from '../base/secret.ts'
import { optional, type Format } from './option.ts'

/** A proxy's address. It may hold a password, so a problem with it shows only what is behind that. */
const proxy: Format<Secret> = {
  name: 'address',
  expected: 'http://host:port or http://name:password@host:port',
  parse(text) {
    const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`)
    const isOne = url !== null && /^https?:$/.test(url.protocol) && url.hostname !== '' && /^\/?$/.test(url.pathname)
    return isOne ? new Secret(url.href) : null
  },
  culprit: (text) => text.replace(/^.*@/s, '…@'),
}

const text: Format<string> = {
  name: 'hosts',
  expected: 'hosts separated by commas, such as localhost,.example.com,10.0.0.1:8443',
  parse: (value) => value,
}

/** As Spacelift's launcher is given them: base64 of `{"caCertificates": ["<base64 of PEM>", ...]}`. */
const authorities: Format<readonly string[]> = {
  name: 'base64 of JSON',
  expected: 'base64 of {"caCertificates":["<base64 of a PEM certificate>", ...]}',
  parse(encoded) {
    const entries = listIn(encoded)
    const all = entries?.flatMap((entry) => certificatesIn(entry) ?? [])
    return entries?.every((entry) => certificatesIn(entry) !== null) ? (all ?? null) : null
  },
  culprit(encoded) {
    const index = listIn(encoded)?.findIndex((entry) => certificatesIn(entry) === null) ?? -1
    return index < 0 ? 'something else' : `no certificate as caCertificates[${index}]`
  },
}

function listIn(encoded: string): readonly unknown[] | null {
  try {
    const { caCertificates } = JSON.parse(Buffer.from(encoded, 'base64').toString('utf8')) as {
      caCertificates?: unknown
    }
    return Array.isArray(caCertificates) ? caCertificates : null
  } catch {
    return null
  }
}

/** One, or a whole bundle of them. */
function certificatesIn(entry: unknown): string[] | null {
  if (typeof entry !== 'string') return null
  const pem = Buffer.from(entry, 'base64').toString('latin1')
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)
  return found?.every(isCertificate) ? found : null
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0
  } catch {
    return false
  }
}

/** The settings of the ways out. */
export const networkOptions = {
  httpsProxy: optional({
    env: 'HTTPS_PROXY',
    group: 'Network',
    format: proxy,
    unset: 'none',
    doc: 'Proxy for HTTPS: the control plane, downloads of tools, git, Amazon ECR; not for the broker and the engine.',
  }),
  httpProxy: optional({
    env: 'HTTP_PROXY',
    group: 'Network',
    format: proxy,
    unset: 'none',
    doc: 'Proxy for plain HTTP: downloads from a mirror.',
  }),
  noProxy: optional({
    env: 'NO_PROXY',
    group: 'Network',
    format: text,
    unset: 'none',
    doc: 'Hosts that are reached without a proxy.',
  }),
  authorities: optional({
    env: 'ADDITIONAL_ROOT_CAS',
    group: 'Network',
    format: authorities,
    unset: 'the usual ones only',
    doc: 'Certificates that downloads of tools and git over HTTPS trust beside the usual ones.',
  }),
} as const
