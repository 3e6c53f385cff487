import { workerTopics, type WorkerTopics } from '../../../protocol/topics.ts'
import type { BrokerGate, BrokerWorker } from './broker.ts'
import { judgeConnect, judgeWill, refused, type ConnectRefusal, type ConnectRequest } from './rules.ts'

/** Everything that a client shows when it connects. */
export interface Credentials {
  readonly request: ConnectRequest
  /** Of the client certificate. */
  readonly fingerprint: string | null
  readonly password: string
}

/** Who a client is, or why it may not connect. */
export type Admission =
  | { readonly worker: BrokerWorker; readonly topics: WorkerTopics; readonly refusal: null }
  | { readonly refusal: ConnectRefusal }

/** Decides about a client: first what costs nothing, then the certificate, the will, and last the session. */
export async function admit({ request, fingerprint, password }: Credentials, gate: BrokerGate): Promise<Admission> {
  const malformed = judgeConnect(request)
  if (malformed) return { refusal: malformed }
  const pool = fingerprint && (await gate.poolOf(fingerprint))
  if (!pool) return { refusal: refused('notAuthorized', 'the certificate is not one of a pool') }
  const worker = { pool, worker: request.clientId }
  const topics = workerTopics(pool, worker.worker)
  const wrongWill = judgeWill(request, topics)
  if (wrongWill) return { refusal: wrongWill }
  if (await gate.authenticate(worker, password)) return { worker, topics, refusal: null }
  return { refusal: refused('badCredentials', 'the session is not one of this worker') }
}
