import { Refusal } from '../base/errors.ts'
import type { StateLockRecord } from './table.ts'

/** What a tool says about a lock that it wants or gives back. `json` is all of it. */
export interface LockInfo {
  readonly id: string
  readonly who: string
  readonly operation: string
  readonly json: Readonly<Record<string, unknown>>
}

const maxLength = 16 * 1024

/**
 * Reads the body of LOCK and UNLOCK: `statemgr.LockInfo` of OpenTofu and Terraform, `{ID, Operation, Info, Who, Version, Created,
 * Path}`. Null for an empty body. Throws the Refusal `bad-request`.
 */
export function readLockInfo(body: Uint8Array): LockInfo | null {
  if (body.byteLength === 0) return null
  if (body.byteLength > maxLength) throw new Refusal('bad-request', `lock: expected at most ${maxLength} bytes`)
  const json = parsed(Buffer.from(body).toString('utf8'))
  const text = (name: string) => (typeof json[name] === 'string' ? json[name] : '')
  if (text('ID') === '') throw new Refusal('bad-request', 'lock: expected JSON with an ID')
  return { id: text('ID'), who: text('Who'), operation: text('Operation'), json }
}

/** The lock as it is kept. The run is put where the tool shows it to whoever finds the state locked. */
export function lockRecord(info: LockInfo, holder: { stack: string; run: string; now: number }): StateLockRecord {
  const { stack, run, now } = holder
  const said = typeof info.json['Info'] === 'string' && info.json['Info'] !== '' ? `${info.json['Info']} ` : ''
  const { id, who, operation } = info
  const kept = JSON.stringify({ ...info.json, Info: `${said}(run ${run})` })
  return { stack, id, who, operation, info: kept, run, createdAt: now }
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch {
    // Said below, as of every other body that is none.
  }
  throw new Refusal('bad-request', 'lock: expected JSON with an ID')
}
