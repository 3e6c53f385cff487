import { createHash } from 'node:crypto'
import { undecodable, type Decoded } from './decoded.ts'

/** Largest range of a log in one call, in bytes. */
export const maxLogRangeBytes = 4 * 1024 * 1024

/** The headers of `PUT /v1/jobs/{job}/log`: where the bytes belong and what they must hash to (RFC 9110, RFC 9530). */
export interface LogRangeHeaders {
  readonly 'content-range': string
  readonly 'content-digest': string
}

/** A range of a job's log: `offset` of its first byte, counted from 0. */
export interface LogRange {
  readonly offset: number
  readonly length: number
  /** Lower-case hexadecimal SHA-256 of the bytes. */
  readonly sha256: string
}

/** Headers for a range that begins at `offset`. An empty range cannot be sent: `GET` tells what is held. */
export function logRangeHeaders(offset: number, bytes: Uint8Array): LogRangeHeaders {
  const digest = createHash('sha256').update(bytes).digest('base64')
  return {
    'content-range': `bytes ${offset}-${offset + bytes.byteLength - 1}/*`,
    'content-digest': `sha-256=:${digest}:`,
  }
}

/** Reads the two headers. Total. */
export function decodeLogRange(headers: { readonly [name: string]: string | string[] | undefined }): Decoded<LogRange> {
  const range = /^bytes (\d{1,15})-(\d{1,15})\/\*$/.exec(one(headers['content-range']))
  if (!range) return undecodable('wrong-shape', 'content-range: expected "bytes FIRST-LAST/*"')
  const digest = /^sha-256=:([A-Za-z0-9+/]{43}=):$/.exec(one(headers['content-digest']))
  if (!digest) return undecodable('wrong-shape', 'content-digest: expected "sha-256=:BASE64:"')
  const offset = Number(range[1])
  const length = Number(range[2]) - offset + 1
  if (length < 1) return undecodable('wrong-shape', 'content-range: last byte before the first')
  if (length > maxLogRangeBytes) return undecodable('too-large', `log range: longer than ${maxLogRangeBytes} bytes`)
  return { ok: true, value: { offset, length, sha256: Buffer.from(String(digest[1]), 'base64').toString('hex') } }
}

/** What the holder of `held` bytes does with a range: refuse it as a gap, know it already, or append the part from `skip` on. */
export type LogRangeVerdict =
  | { readonly verdict: 'gap' }
  | { readonly verdict: 'known' }
  | { readonly verdict: 'append'; readonly skip: number }

/** Decides about a range. A range is idempotent: bytes that are held are passed over, whatever was lost, doubled or late. */
export function judgeLogRange(held: number, range: Pick<LogRange, 'offset' | 'length'>): LogRangeVerdict {
  if (range.offset > held) return { verdict: 'gap' }
  if (range.offset + range.length <= held) return { verdict: 'known' }
  return { verdict: 'append', skip: held - range.offset }
}

function one(value: string | string[] | undefined): string {
  return typeof value === 'string' ? value : ''
}
