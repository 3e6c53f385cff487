import { X509Certificate } from 'node:crypto'
import { Secret } from '../base/secret.ts'
import { transports, type Transport } from '../base/transports.ts'
import { defaulted, optional, type Format, type Env } from './option.ts'

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

const transport: Format<Transport> = {
  name: transports.join(', '),
  expected: `one of ${transports.join(', ')}`,
  parse: (value) => transports.find((name) => name === value.toLowerCase()) ?? null,
}

/** Without a slash at its end. */
const baseUrl: Format<string> = {
  name: 'URL',
  expected: 'an https URL without a password and a query, such as https://spacelift.example',
  parse(value) {
    const url = URL.parse(value)
    const isPlain = url && url.protocol === 'https:' && !url.username && !url.password && !url.search && !url.hash
    return isPlain ? url.href.replace(/\/+$/, '') : null
  },
  culprit: (value) => value.replace(/^.*@/s, '…@'),
}

const comms = { protocol: 'SPACELIFT_WORKER_COMMS_PROTOCOL', url: 'SPACELIFT_WORKER_COMMS_URL' } as const

/** What of the network's settings does nothing beside the others. */
export function networkWarnings(
  values: { readonly transport?: Transport; readonly commsUrl?: string | null },
  env: Env,
): string[] {
  if (values.transport !== 'mqtt' || !values.commsUrl) return []
  const how = env[comms.protocol] ? 'is mqtt' : 'is not set to poll'
  return [`${comms.url} is passed over, because ${comms.protocol} ${how}`]
}

/** The settings of the ways out. */
export const networkOptions = {
  transport: defaulted({
    env: comms.protocol,
    group: 'Network',
    format: transport,
    fallback: 'mqtt',
    doc: 'How the launcher hears of jobs: by MQTT, or by HTTPS requests that are held, for nothing but HTTPS outwards.',
  }),
  commsUrl: optional({
    env: comms.url,
    group: 'Network',
    format: baseUrl,
    unset: 'as the token says',
    doc: "With poll: the control plane's HTTPS address for launchers, in place of api.endpoint in the token, for every call.",
  }),
  httpsProxy: optional({
    env: 'HTTPS_PROXY',
    group: 'Network',
    format: proxy,
    unset: 'none',
    doc: 'Proxy for HTTPS and MQTT: the control plane, its broker, downloads of tools, git, Amazon ECR; not for the engine.',
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
    doc: 'Certificates that are trusted, too: by downloads of tools and git, and for the control plane beside the token.',
  }),
} as const
