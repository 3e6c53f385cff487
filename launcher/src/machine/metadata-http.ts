import { request } from 'node:http'
import { request as secureRequest } from 'node:https'

export interface MetadataAnswer {
  readonly status: number
  readonly text: string
}

export interface MetadataCall {
  readonly method?: 'GET' | 'PUT'
  readonly headers?: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/** A metadata service is on the machine itself. */
const patienceMs = 5_000
const mostBytes = 64 * 1024

/** Asks a metadata service, never through a proxy. Rejects if there is no answer. */
export async function askMetadata(
  url: string,
  { method = 'GET', headers, signal }: MetadataCall,
): Promise<MetadataAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<MetadataAnswer>()
  const make = url.startsWith('https:') ? secureRequest : request
  const ending = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)])
  const call = make(url, { method, headers: { ...headers, connection: 'close' }, signal: ending }, (answer) => {
    let text = ''
    answer.setEncoding('utf8')
    answer.on('data', (part: string) => {
      text += part
      if (text.length > mostBytes) answer.destroy(new Error(`answer longer than ${mostBytes} bytes`))
    })
    answer.on('error', reject)
    answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
  })
  call.on('error', reject)
  call.end()
  return await promise
}
