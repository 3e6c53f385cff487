import { load } from './config/load.ts'
import type { Env } from './config/option.ts'
import type { Config } from './config/options.ts'
import { readTexts, sourceOf, type CredentialSource, type SourceTexts } from './identity/credential-source.ts'
import { readCredentials, type Credentials } from './identity/credentials.ts'
import { withProxies } from './outbound.ts'
import { readPassedEnv, type PassedEnv } from './passed-env.ts'

/** Where credentials came from, and what they were. */
export interface Origin {
  readonly source: CredentialSource
  readonly inUse: SourceTexts
}

/** What an environment and the files that it names say. */
export interface Settings {
  /** Null: there are problems. */
  readonly usable: { readonly config: Config; readonly credentials: Credentials; readonly passedEnv: PassedEnv } | null
  readonly origin: Origin
  readonly warnings: readonly string[]
  /** All of them, one sentence each. */
  readonly problems: readonly string[]
}

/** Reads everything that a launcher is told at its start. Total. */
export async function readSettings(env: Env, now: number): Promise<Settings> {
  const { config, values, problems, warnings } = load(withProxies(env))
  const source = sourceOf(values)
  const inUse = await readTexts(source)
  const { credentials, problems: unfit } = readCredentials(inUse.texts, now)
  const passedEnv = readPassedEnv(values, env)
  const isFit = passedEnv.problems.length === 0
  return {
    usable: config && credentials && isFit ? { config, credentials, passedEnv } : null,
    origin: { source, inUse },
    warnings: [...warnings, ...passedEnv.warnings],
    problems: [...problems, ...passedEnv.problems, ...inUse.problems, ...unfit],
  }
}
