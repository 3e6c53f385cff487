import type { Socket } from 'node:net'
import type { ApiErrorBody } from '../../../protocol/calls.ts'

/** Statuses of what Node's HTTP parser refuses, by its error codes; everything else is 400. */
const statuses: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
}

/** Errors of the HTTP parser and of its timeouts. All others are of the connection, and handshakes that failed: there, nobody can be answered. */
const answerable = /^(HPE_|ERR_HTTP_)/

/** Answers bytes that are not HTTP, too long a head, or one that does not end, with an error like every other, and closes. */
export function answerMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!answerable.test(error.code ?? '') || !socket.writable) {
    socket.destroy()
    return
  }
  const body: ApiErrorBody = {
    error: { code: 'bad-request', message: 'this is not an HTTP request that is read here' },
  }
  const text = JSON.stringify(body)
  const head = [
    `HTTP/1.1 ${statuses[error.code ?? ''] ?? '400 Bad Request'}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(text)}`,
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`, () => socket.destroy())
}
