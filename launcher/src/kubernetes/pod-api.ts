import { readFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { join } from 'node:path'
import type { OwnPod } from './own-pod.ts'

/** A call to the API server that failed. Its message is for the operator. */
export class PodApiError extends Error {
  /** Whether the same call can succeed soon. */
  readonly retry: boolean

  constructor(message: string, about: { readonly retry: boolean; readonly cause?: unknown }) {
    super(message, about.cause === undefined ? {} : { cause: about.cause })
    this.name = 'PodApiError'
    this.retry = about.retry
  }
}

/** A pod as it was answered, and when, by the server's own clock. */
export interface PodAnswer {
  readonly metadata: Readonly<Record<string, unknown>>
  /** Milliseconds since 1970; null: not said. */
  readonly at: number | null
}

const callMs = 10_000
/** etcd holds no object above 1.5 MiB. */
const maxBytes = 4 * 1024 * 1024

/** Statuses that another try does not mend: forbidden, no such pod, a patch that is not understood or not accepted. */
const final = [400, 403, 404, 405, 415, 422]

/**
 * The two calls about the own pod, each made once. No client library: the one for Node takes more memory than the rest of an idle launcher.
 * The token is read for every call, because the kubelet replaces it about every hour.
 */
export class PodApi {
  readonly #pod: OwnPod

  constructor(pod: OwnPod) {
    this.#pod = pod
  }

  async read(signal: AbortSignal): Promise<PodAnswer> {
    const { text, date } = await this.#call('GET', null, signal)
    const at = Date.parse(date)
    return { metadata: metadataOf(text), at: Number.isNaN(at) ? null : at }
  }

  /** Changes what a JSON merge patch (RFC 7386) names, and nothing else. */
  async patch(change: object, signal: AbortSignal): Promise<void> {
    await this.#call('PATCH', JSON.stringify(change), signal)
  }

  async #call(method: string, body: string | null, signal: AbortSignal): Promise<{ text: string; date: string }> {
    const what = `${method} of pod ${this.#pod.namespace}/${this.#pod.name}`
    try {
      const answer = await this.#send(method, body, AbortSignal.any([signal, AbortSignal.timeout(callMs)]))
      const text = await textOf(answer)
      const { statusCode: status = 0 } = answer
      if (status >= 200 && status < 300) return { text, date: answer.headers.date ?? '' }
      throw new PodApiError(`${what}: answered ${status}${reasonIn(text)}`, { retry: !final.includes(status) })
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof PodApiError) throw error
      throw new PodApiError(`${what}: no answer (${codeOf(error)})`, { retry: true, cause: error })
    }
  }

  async #send(method: string, body: string | null, signal: AbortSignal): Promise<IncomingMessage> {
    const { endpoint, namespace, name, accountDirectory } = this.#pod
    const [ca, token] = await Promise.all(['ca.crt', 'token'].map((file) => mounted(join(accountDirectory, file))))
    const headers = {
      accept: 'application/json',
      authorization: `Bearer ${token?.trim()}`,
      'content-type': 'application/merge-patch+json',
      'user-agent': 'spacelift-launcher',
    }
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const url = `${endpoint}/api/v1/namespaces/${namespace}/pods/${name}?fieldManager=spacelift-launcher`
    const call = request(url, { method, headers, ca, signal, agent: false }, resolve)
    call.on('error', reject)
    call.end(body ?? undefined)
    return promise
  }
}

/** A file of the service account. What is not there now will not be there later: a pod's mounts do not change. */
async function mounted(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const missing = codeOf(error) === 'ENOENT'
    const why = missing ? 'no token of a service account is mounted' : `cannot read ${path} (${codeOf(error)})`
    throw new PodApiError(why, { retry: !missing, cause: error })
  }
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of answer as AsyncIterable<Buffer>) {
    length += part.byteLength
    if (length > maxBytes)
      throw new PodApiError(`the API server answered more than ${maxBytes} bytes`, { retry: false })
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

function metadataOf(text: string): PodAnswer['metadata'] {
  const { metadata } = (jsonOf(text) ?? {}) as { metadata?: unknown }
  if (typeof metadata === 'object' && metadata !== null) return metadata as PodAnswer['metadata']
  throw new PodApiError('the API server answered something that is no pod', { retry: true })
}

/** What a `Status` object says; its own words name what is not allowed, and to whom. */
function reasonIn(text: string): string {
  const { message } = (jsonOf(text) ?? {}) as { message?: unknown }
  return typeof message === 'string' ? `: ${message.slice(0, 500)}` : ''
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return null
  }
}

function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
  return error instanceof Error ? error.name : 'unknown'
}
