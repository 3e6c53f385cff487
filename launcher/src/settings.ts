import { load } from './config/load.ts'
import type { Env } from './config/option.ts'
import type { Config } from './config/options.ts'
import { readTexts, sourceOf, type CredentialSource, type SourceTexts } from './identity/credential-source.ts'
import { readCredentials, type Credentials } from './identity/credentials.ts'

/** Where credentials came from, and what they were. */
export interface Origin {
  readonly source: CredentialSource
  readonly inUse: SourceTexts
}

/** What an environment and the files that it names say. */
export interface Settings {
  /** Null: there are problems. */
  readonly usable: { readonly config: Config; readonly credentials: Credentials } | null
  readonly origin: Origin
  readonly warnings: readonly string[]
  /** All of them, one sentence each. */
  readonly problems: readonly string[]
}

/** Reads everything that a launcher is told at its start. Total. */
export async function readSettings(env: Env, now: number): Promise<Settings> {
  const { config, values, problems, warnings } = load(env)
  const source = sourceOf(values)
  const inUse = await readTexts(source)
  const { credentials, problems: unfit } = readCredentials(inUse.texts, now)
  return {
    usable: config && credentials && { config, credentials },
    origin: { source, inUse },
    warnings,
    problems: [...problems, ...inUse.problems, ...unfit],
  }
}
