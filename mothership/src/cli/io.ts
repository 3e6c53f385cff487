import type { Readable } from 'node:stream'
import type { Clock } from '../base/clock.ts'

/** Everything of the outside world that a command touches, beside files and the network. */
export interface Io {
  /** Standard output: what was asked for, and with `--json` nothing but one JSON value. Awaited where much is written. */
  out(text: string): void | Promise<void>
  /** Standard error: what is worth knowing on the way, and what went wrong. */
  err(text: string): void
  /** Sets the exit code with which the process will end. */
  exit(code: number): void
  readonly env: Readonly<Record<string, string | undefined>>
  /** Whether standard output is a terminal. */
  readonly isTTY: boolean
  readonly stdin: Readable
  /** What relative paths are relative to. */
  readonly cwd: string
  /** Aborted when the user has had enough. */
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly abilities: Abilities
}

/** What the command line can do because the rest of the program can. */
export interface Abilities {
  /** A new private key and its certificate signing request, both PEM. */
  makeKeyRequest(): Promise<{ readonly privateKey: string; readonly certificateSigningRequest: string }>
  /**
   * A stack's YAML as it can be sent, with the files that it names read in, and the directory that is to be uploaded with it, relative
   * to the YAML; null if its source is none. Rejects with the Refusal `bad-request` and all problems of the YAML.
   */
  prepareStack(
    yaml: string,
    read: (path: string) => Promise<Uint8Array>,
  ): Promise<{ readonly yaml: string; readonly directory: string | null }>
}
