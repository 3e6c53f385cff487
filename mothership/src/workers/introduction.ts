import { protocolVersion, type Registration } from '../../../protocol/worker.ts'
import { Refusal } from '../base/errors.ts'
import { isSecretOf } from '../secrets/secret-hash.ts'
import type { Tables } from '../store/store.ts'
import type { WorkerRecord } from './table.ts'

/** Refuses a launcher of another major version. */
export function checkProtocol({ protocol }: Registration): void {
  if (protocol.major === protocolVersion.major) return
  const message = `protocol version ${protocol.major}.${protocol.minor}, expected ${protocolVersion.major}.x`
  throw new Refusal('wrong-protocol', message)
}

/**
 * The worker that a launcher was before: by its instance, when the answer to its registration was lost; by the session on its volume, when
 * it was killed. A worker that said goodbye is not resumed.
 */
export async function findKnown(
  tables: Tables,
  pool: string,
  registration: Registration,
): Promise<WorkerRecord | null> {
  const { instance, resume } = registration
  const same = await tables.workers.ofInstance(pool, instance)
  if (same !== null || resume === undefined) return same
  const before = await tables.workers.get(resume.worker)
  const resumable = before !== null && before.pool === pool && before.presence !== 'left'
  return resumable && isSessionOf(before, resume.session) ? before : null
}

/** Whether this is one of a worker's sessions. Compares with each of them, so that the time says nothing. */
export function isSessionOf(worker: WorkerRecord, session: string): boolean {
  return worker.sessions.map((hash) => isSecretOf(session, hash)).includes(true)
}

/** What a new registration changes. */
export interface Newcomer {
  readonly registration: Registration
  /** Hash of the session that it is given. */
  readonly session: string
  readonly at: number
}

/**
 * A known worker after it introduced itself again. The session before stays good: a registration that was repeated on its way must not lock
 * out the launcher that already has the first answer. Being told to leave was for the process that was there then.
 */
export function renewed(worker: WorkerRecord, { registration, session, at }: Newcomer): WorkerRecord {
  const sameProcess = worker.instance === registration.instance
  return {
    ...worker,
    ...described(registration),
    sessions: [session, ...worker.sessions.slice(0, 1)],
    draining: sameProcess && worker.draining,
    leave: sameProcess ? worker.leave : null,
    presence: 'here',
    updatedAt: at,
  }
}

/** A worker that was not here before. */
export function firstSeen(id: string, pool: string, { registration, session, at }: Newcomer): WorkerRecord {
  return {
    id,
    pool,
    ...described(registration),
    sessions: [session],
    drained: false,
    draining: false,
    leave: null,
    presence: 'here',
    idleSince: at,
    createdAt: at,
    updatedAt: at,
  }
}

function described(registration: Registration) {
  const { instance, launcher, metadata } = registration
  return { instance, version: launcher.version, metadata }
}
