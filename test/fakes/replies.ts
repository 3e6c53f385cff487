import type { ServerResponse } from 'node:http'
import { apiErrors, type ApiErrorCode } from '../../protocol/calls.ts'
import { decodeJson, type Check } from '../../protocol/decoded.ts'
import type { Fault } from './faults.ts'

/** What is answered: JSON, or bytes as they are. */
export interface Reply {
  readonly status: number
  readonly body?: unknown
}

/** Answered as the protocol's error of that code. */
export class Refused extends Error {
  readonly code: ApiErrorCode
  readonly held: number | undefined

  constructor(code: ApiErrorCode, held?: number) {
    super(code)
    this.code = code
    this.held = held
  }
}

/** A refusal in the protocol's form. */
export function refusedAs({ code, held }: Refused): Reply {
  const details = { code, message: `refused: ${code}`, ...(held === undefined ? {} : { held }) }
  return { status: apiErrors[code].status, body: { error: details } }
}

/** The body as a document; anything else is refused. */
export function parsed<T>(bytes: Buffer, check: Check<T>): T {
  const value = decodeJson('body', bytes.toString('utf8'), check)
  if (!value.ok) throw new Refused('bad-request')
  return value.value
}

export function send(response: ServerResponse, { status, body }: Reply): void {
  if (body === undefined) return void response.writeHead(status).end()
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body))
  const type = Buffer.isBuffer(body) ? 'application/octet-stream' : 'application/json'
  response.writeHead(status, { 'content-type': type, 'content-length': bytes.length }).end(bytes)
}

/** Fails in the way that was planned. */
export function fail(response: ServerResponse, fault: Exclude<Fault, { kind: 'cut-after' }>): void {
  switch (fault.kind) {
    case 'answer':
      return void response.writeHead(fault.status, fault.headers).end(fault.body ?? '')
    case 'cut':
      return void response.destroy()
    case 'half':
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 })
      return void response.write('{"half":', () => response.destroy())
    case 'silence':
  }
}
