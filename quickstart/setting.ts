import type { Options } from './options.ts'
import type { StateDirectory } from './state-directory.ts'
import type { Terminal } from './terminal.ts'

/** Where the quickstart runs, for whom, and until when. */
export interface Setting {
  readonly options: Options
  readonly terminal: Terminal
  readonly state: StateDirectory
  /** What is kept for the user beside the state: fetched tools. */
  readonly cache: string
  /** The repository. */
  readonly root: string
  /** Node's executable. */
  readonly node: string
  /** As Node names it, such as `linux-x64`. */
  readonly platform: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Aborted when all of it is to end. */
  readonly signal: AbortSignal
  /** Aborted when that is to be at once. */
  readonly hurry: AbortSignal
}
