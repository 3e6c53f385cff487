import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Outbound } from '../base/outbound.ts'
import { withoutCredentials } from '../run/env.ts'
import { httpGet } from './http-get.ts'

/** How long a download may bring nothing before it is given up, in milliseconds. */
const silenceMs = 60_000

/** A file could not be had. `transient`: it may be there another time. */
export class DownloadError extends Error {
  readonly transient: boolean

  constructor(message: string, transient: boolean) {
    super(message)
    this.name = 'DownloadError'
    this.transient = transient
  }
}

/** A file as it comes, and its length if that is known beforehand. */
export interface Download {
  readonly body: AsyncIterable<Buffer>
  readonly length: number | null
}

/** How it is fetched. */
export interface Way {
  readonly outbound: Outbound
  readonly signal: AbortSignal
}

/** Opens the file `name` of a source: an address (`http://`, `https://`) that it is below, or a directory that it is in. */
export async function download(source: string, name: string, way: Way): Promise<Download> {
  return /^https?:\/\//.test(source)
    ? await fetched(`${source.replace(/\/$/, '')}/${name}`, way)
    : await local(source, name)
}

async function local(directory: string, name: string): Promise<Download> {
  try {
    const file = await open(join(directory, name))
    return { body: file.createReadStream(), length: (await file.stat()).size }
  } catch (error) {
    throw new DownloadError(`${name}: ${(error as Error).message}`, false)
  }
}

async function fetched(url: string, { outbound, signal }: Way): Promise<Download> {
  const silence = new AbortController()
  const timer = setTimeout(() => silence.abort(new Error(`nothing came for ${silenceMs / 1000} s`)), silenceMs)
  const ending = AbortSignal.any([signal, silence.signal])
  try {
    const answer = await httpGet(url, { outbound, signal: ending })
    const { statusCode: status = 0 } = answer
    if (status !== 200) {
      answer.destroy()
      throw new DownloadError(`${withoutCredentials(url)}: HTTP status ${status}`, status >= 500 || status === 429)
    }
    const length = Number(answer.headers['content-length']) || null
    return { body: watched(answer, { url, timer, ending }), length }
  } catch (error) {
    clearTimeout(timer)
    throw broken(url, ending.aborted ? ending.reason : error)
  }
}

async function* watched(
  body: AsyncIterable<Buffer>,
  { url, timer, ending }: { readonly url: string; readonly timer: NodeJS.Timeout; readonly ending: AbortSignal },
): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of body) {
      timer.refresh()
      yield chunk
    }
  } catch (error) {
    throw broken(url, ending.aborted ? ending.reason : error)
  } finally {
    clearTimeout(timer)
  }
}

function broken(url: string, error: unknown): DownloadError {
  if (error instanceof DownloadError) return error
  return new DownloadError(
    `${withoutCredentials(url)}: ${error instanceof Error ? error.message : String(error)}`,
    true,
  )
}
