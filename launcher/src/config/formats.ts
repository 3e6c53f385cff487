import { isAbsolute, normalize } from 'node:path'
import { logFormats, logLevels, type LogFormat, type LogLevel } from '../base/log.ts'
import { Secret } from '../base/secret.ts'
import { pullPolicies, type PullPolicy } from '../run/run.ts'
import { entriesOf } from './names.ts'
import type { Format } from './option.ts'

/** A value that never shows. */
export const secret: Format<Secret> = {
  name: 'base64',
  expected: 'base64 on one line',
  parse: (text) => new Secret(text),
  secret: true,
}

/** A member of `SPACELIFT_METADATA_*`, within what the registration carries. */
export const tag: Format<string> = {
  name: 'text',
  expected: 'a text of at most 4096 characters',
  parse: (text) => (text.length <= 4096 ? text : null),
}

/** A network or runtime as Docker names them. */
export const dockerName: Format<string> = {
  name: 'name',
  expected: 'a name of letters, digits, dots, dashes and underscores',
  parse: (text) => (/^[A-Za-z0-9][\w.-]*$/.test(text) ? text : null),
}

export const image: Format<string> = {
  name: 'image',
  expected: 'an image reference such as registry.example/team/runner:1.2',
  parse: (text) => (/^[A-Za-z0-9][\w./:@-]*$/.test(text) ? text : null),
}

/** Names of registries, of which the first label may be a star. */
export const hosts: Format<readonly string[]> = {
  name: 'hosts',
  expected: 'hosts separated by commas, such as docker.io,registry.example:5000,*.example.com',
  parse: (text) => (entriesOf(text).every(isHost) ? entriesOf(text) : null),
  culprit: (text) => entriesOf(text).find((entry) => !isHost(entry)) ?? text,
}

function isHost(text: string): boolean {
  return /^(\*\.)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d{1,5})?$/.test(text)
}

export const pullPolicy: Format<PullPolicy> = {
  name: pullPolicies.join(', '),
  expected: `one of ${pullPolicies.join(', ')}`,
  parse: (text) => pullPolicies.find((name) => name === text.toLowerCase()) ?? null,
}

/** An absolute path, without a slash at its end. */
export const directory: Format<string> = {
  name: 'directory',
  expected: 'an absolute path such as /opt/spacelift',
  parse: (text) => (isAbsolute(text) ? withoutEndSlash(normalize(text)) : null),
}

/** An absolute path of a file that exists when it is read, which is not now. */
export const file: Format<string> = {
  name: 'file',
  expected: 'an absolute path such as /var/run/secrets/spacelift/token',
  parse: (text) => (isAbsolute(text) && !text.endsWith('/') ? normalize(text) : null),
}

/** The name of an object of Kubernetes: a DNS subdomain (RFC 1123). */
export const kubernetesName: Format<string> = {
  name: 'name',
  expected: 'a name of at most 253 lower-case letters, digits, dashes and dots',
  parse: (text) => (text.length <= 253 && /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(text) ? text : null),
}

export const mirror: Format<string> = {
  name: 'URL or directory',
  expected: 'an http(s) URL or an absolute path',
  parse(text) {
    if (isAbsolute(text)) return withoutEndSlash(normalize(text))
    const url = URL.parse(text)
    return url && /^https?:$/.test(url.protocol) ? withoutEndSlash(text) : null
  },
}

export const port: Format<number> = {
  name: 'port',
  expected: 'a port from 0 to 65535, where 0 means any free one',
  parse: (text) => wholeNumber(text, 0, 65_535),
}

export const count: Format<number> = {
  name: 'number',
  expected: 'a whole number from 16 to 4194304',
  parse: (text) => wholeNumber(text, 16, 4_194_304),
}

export const flag: Format<boolean> = {
  name: 'true or false',
  expected: 'true or false',
  parse(text) {
    if (/^(true|1|yes|on)$/i.test(text)) return true
    return /^(false|0|no|off)$/i.test(text) ? false : null
  },
}

export const level: Format<LogLevel> = {
  name: logLevels.join(', '),
  expected: `one of ${logLevels.join(', ')}`,
  parse: (text) => logLevels.find((name) => name === text.toLowerCase()) ?? null,
}

export const logFormat: Format<LogFormat> = {
  name: logFormats.join(', '),
  expected: `one of ${logFormats.join(', ')}`,
  parse: (text) => logFormats.find((name) => name === text.toLowerCase()) ?? null,
}

function withoutEndSlash(text: string): string {
  return text.length > 1 ? text.replace(/\/+$/, '') : text
}

/** Reads digits within bounds; null: something else. */
export function wholeNumber(text: string, least: number, most: number): number | null {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  return number >= least && number <= most ? number : null
}
