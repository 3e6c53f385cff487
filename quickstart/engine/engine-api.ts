import { request, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'

/** One call of the Docker Engine API. `path` has no version in front: the daemon's own is used. */
export interface EngineCall {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly signal: AbortSignal
  /** JSON, or the bytes of a tar. */
  readonly body?: unknown
}

/** An answer of the daemon that is not 2xx, or an error line in a 2xx stream. */
export class EngineAnswer extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.name = 'EngineAnswer'
    this.status = status
  }
}

/** Calls the daemon behind a unix socket; the answer's body is still to be read. Rejects with EngineAnswer, or as Node does. */
export async function callEngine(socketPath: string, call: EngineCall): Promise<IncomingMessage> {
  const { method, path, signal, body } = call
  const tar = body instanceof Readable
  const type = tar ? 'application/x-tar' : 'application/json'
  const headers = body === undefined ? {} : { 'content-type': type }
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request({ socketPath, method, path, headers, signal, agent: false }, resolve)
    sent.once('error', reject)
    if (tar) body.once('error', reject).pipe(sent)
    else sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
  const status = response.statusCode ?? 0
  if (status < 300) return response
  throw new EngineAnswer(status, messageOfAnswer(await text(response)))
}

/** Calls the daemon and reads the answer as JSON; null if it has no body. */
export async function askEngine(socketPath: string, call: EngineCall): Promise<unknown> {
  const answer = await text(await callEngine(socketPath, call))
  return answer === '' ? null : JSON.parse(answer)
}

function messageOfAnswer(body: string): string {
  try {
    return (JSON.parse(body) as { message?: string }).message ?? body
  } catch {
    return body
  }
}
