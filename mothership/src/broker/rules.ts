import { isUlid } from '../../../protocol/ids.ts'
import { maxMessageBytes } from '../../../protocol/messages.ts'
import type { WorkerTopics } from '../../../protocol/topics.ts'

/** Return codes of CONNACK (MQTT 3.1.1, 3.2.2.3) that are given here. */
export const connectReturns = { identifierRejected: 2, unavailable: 3, badCredentials: 4, notAuthorized: 5 } as const
export type ConnectReturn = (typeof connectReturns)[keyof typeof connectReturns]

/** Why a connection is refused. `reason` is for the log. */
export interface ConnectRefusal {
  readonly returnCode: ConnectReturn
  readonly reason: string
}

/** What a CONNECT packet says, as far as it matters here. */
export interface ConnectRequest {
  readonly clientId: string
  readonly clean?: boolean
  readonly username?: string
  readonly will?: { readonly topic: string; readonly payload: Uint8Array | string; readonly retain?: boolean }
}

/** A message or a will that a worker wants to be published. */
export interface Publication {
  readonly topic: string
  readonly payload: Uint8Array | string
  readonly retain?: boolean
}

/** Publications that one connection may make. A launcher makes one, its goodbye; more is a fault or worse. */
export const maxPublications = 100

/**
 * What is wrong with a CONNECT, before it is known whose it is. Only clean sessions: for others a broker keeps messages of absent
 * workers, which nobody needs, because truth is fetched.
 */
export function judgeConnect(request: ConnectRequest): ConnectRefusal | null {
  if (!isUlid(request.clientId)) return refused('identifierRejected', 'the client id is not a worker id')
  if (request.username !== request.clientId) return refused('badCredentials', 'client id and user name differ')
  if (request.clean !== true) return refused('notAuthorized', 'the session is not a clean one')
  return null
}

/** What is wrong with the will of a worker that has these topics. */
export function judgeWill(request: ConnectRequest, topics: WorkerTopics): ConnectRefusal | null {
  const reason = request.will && judgePublication(request.will, topics)
  return reason ? refused('notAuthorized', `will: ${reason}`) : null
}

/** Why a worker that has these topics may not publish this; null if it may. */
export function judgePublication(publication: Publication, topics: WorkerTopics): string | null {
  if (publication.topic !== topics.writeonly) return 'not the topic that this worker may write'
  if (publication.retain === true) return 'retained messages are not kept'
  if (publication.payload.length > maxMessageBytes) return `longer than ${maxMessageBytes} bytes`
  return null
}

/** Whether a worker that has these topics may subscribe to `filter`. Equality alone: that refuses every wildcard, too. */
export function maySubscribe(filter: string, topics: WorkerTopics): boolean {
  return filter === topics.readonly
}

/** A refusal by its name. */
export function refused(code: keyof typeof connectReturns, reason: string): ConnectRefusal {
  return { returnCode: connectReturns[code], reason }
}
