import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { logLevels, type LogLevel } from '../base/log.ts'
import type { Format } from './option.ts'

/** A directory; relative to where the program was started. */
export const directory: Format<string> = {
  expected: 'a directory',
  parse: (text) => (text.includes('\0') ? null : resolve(text)),
}

export const address: Format<string> = {
  expected: 'an IP address of this machine such as 127.0.0.1, or 0.0.0.0 or :: for all of them',
  parse: (text) => (isIP(text) ? text : null),
}

export const port: Format<number> = {
  expected: 'a port from 0 to 65535, where 0 means any free one',
  parse: (text) => (/^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : null),
}

/** A host as it stands in URLs, but an IPv6 address without brackets. */
export const host: Format<string> = {
  expected: 'a host name or an IP address, without a scheme and a port',
  parse(text) {
    const name = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*\.?$/i
    return isIP(text) || name.test(text) ? text : null
  },
}

/** Without a slash at its end. */
export const endpoint: Format<string> = {
  expected: 'an http(s) URL such as https://mothership.example:1983',
  parse(text) {
    const url = URL.parse(text)
    const plain = url && /^https?:$/.test(url.protocol) && !url.search && !url.hash && !url.username
    return plain ? url.href.replace(/\/+$/, '') : null
  },
}

/** Where launchers are told to find the broker. */
export const brokerEndpoint: Format<string> = {
  expected: 'websocket, or a URL such as mqtts://mothership.example:1984 or wss://mothership.example:1985/mqtt',
  parse(text) {
    if (text === 'websocket') return text
    const url = URL.parse(text)
    const plain = url && !url.search && !url.hash && !url.username && url.hostname !== ''
    if (!plain || !/^(mqtts|wss):$/.test(url.protocol)) return null
    return url.protocol === 'wss:' || /^\/?$/.test(url.pathname) ? text.replace(/\/+$/, '') : null
  },
}

export const seconds: Format<number> = {
  expected: 'a number of seconds from 0.1 to 3600',
  parse: (text) => between(text, 0.1, 3600),
}

/** Gibibytes as bytes. */
export const gibibytes: Format<number> = {
  expected: 'a number of gibibytes from 0.001 to 10000',
  parse(text) {
    const number = between(text, 0.001, 10_000)
    return number === null ? null : Math.round(number * 1024 ** 3)
  },
}

export const level: Format<LogLevel> = {
  expected: `one of ${logLevels.join(', ')}`,
  parse: (text) => logLevels.find((name) => name === text.toLowerCase()) ?? null,
}

function between(text: string, least: number, most: number): number | null {
  const number = /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : Number.NaN
  return number >= least && number <= most ? number : null
}
