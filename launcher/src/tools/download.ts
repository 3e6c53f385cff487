import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Outbound } from '../base/outbound.ts'
import { withoutCredentials } from '../run/computed-variables.ts'
import { httpGet } from './http-get.ts'

/** How long a download may bring nothing before it is given up, in milliseconds. */
const silenceMs = 60_000

/** A file could not be had. `transient`: it may be there another time; `missing`: the source has none of that name. */
export class DownloadError extends Error {
  readonly transient: boolean
  readonly missing: boolean

  constructor(message: string, transient: boolean, missing = false) {
    super(message)
    this.name = 'DownloadError'
    this.transient = transient
    this.missing = missing
  }
}

/** Object stores answer so for what is not there, the first to whoever may not list. */
const missingStatuses = [403, 404, 410]

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
    const { message, code } = error as NodeJS.ErrnoException
    throw new DownloadError(`${name}: ${message}`, false, code === 'ENOENT')
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
      const isTransient = status >= 500 || status === 429
      throw new DownloadError(
        `${withoutCredentials(url)}: HTTP status ${status}`,
        isTransient,
        missingStatuses.includes(status),
      )
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
