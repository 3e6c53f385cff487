import { Api } from './api.ts'
import type { Io } from './io.ts'
import { findProfile } from './profile.ts'

/** Options that every command has. */
export interface CommonOptions {
  readonly profile?: string
  readonly json?: boolean
}

/** What a command works with. */
export interface Session {
  readonly io: Io
  readonly api: Api
  readonly json: boolean
}

/** Opens a session, lends it, and closes it. */
export async function withSession(
  io: Io,
  options: CommonOptions,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  const api = new Api(await findProfile(io, options.profile), io.signal)
  try {
    await work({ io, api, json: options.json ?? false })
  } finally {
    await api.close()
  }
}

/** Writes what was asked for: as JSON, or as a person reads it. */
export function show({ io, json }: Session, value: unknown, human: () => string): void | Promise<void> {
  return io.out(json ? `${JSON.stringify(value, null, 2)}\n` : human())
}

/** Says what was done, on standard output; with `--json` the value says it. */
export function done(session: Session, value: unknown, sentence: string): void | Promise<void> {
  return show(session, value, () => `${sentence}\n`)
}
