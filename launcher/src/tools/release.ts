import type { SigningKey } from './signature.ts'

/** The machine that a tool runs on, in Go's words: `linux`, and `amd64` or `arm64`. */
export interface Platform {
  readonly os: string
  readonly architecture: string
}

/** Where a tool's executable is published, as a zip beside a list of SHA-256 sums. */
export interface Release {
  readonly archive: (version: string, platform: Platform) => string
  readonly sums: (version: string) => string
  /** A detached signature of the sums. */
  readonly signature: (version: string) => string
  readonly key: SigningKey
  /** Where all versions are listed. */
  readonly index: { readonly address: string; readonly name: string }
  /** The same list in a mirror. */
  readonly mirrorIndex: string
  /** The address that both names are below. */
  readonly address: (version: string) => string
}
