/** Bounds of both HTTPS servers. */
export interface ApiLimits {
  /** Connections at once; further ones are closed at once. */
  readonly maxConnections: number
  /** For the TLS handshake, and again for the head of each request. */
  readonly headMs: number
  /** For the whole of a body that is kept in memory. */
  readonly bodyMs: number
  /** Silence on a connection, in either direction, after which it is cut: bounds slow uploads and downloads. */
  readonly idleMs: number
  /** How long requests in hand have to end when the server stops. */
  readonly closeMs: number
  /** JSON bodies, in bytes. The largest, a registration, is 200 metadata of the longest kind at most. */
  readonly maxJsonBytes: number
  /** Bytes of logs that are in memory at once, over all workers. */
  readonly maxLogBytesInHand: number
  readonly maxWorkspaceBytes: number
  readonly maxErroredStateBytes: number
  /** Sources that people upload. */
  readonly maxSourceBytes: number
}

const mebibyte = 1024 * 1024

export const apiLimits: ApiLimits = {
  maxConnections: 20_000,
  headMs: 15_000,
  bodyMs: 60_000,
  idleMs: 60_000,
  closeMs: 10_000,
  maxJsonBytes: mebibyte,
  maxLogBytesInHand: 256 * mebibyte,
  maxWorkspaceBytes: 10 * 1024 * mebibyte,
  maxErroredStateBytes: 256 * mebibyte,
  maxSourceBytes: 1024 * mebibyte,
}
