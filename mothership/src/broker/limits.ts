/** Bounds of the embedded broker. */
export interface BrokerLimits {
  /** Largest MQTT packet that is read, in bytes. */
  readonly maxPacketBytes: number
  /** Connections at once; further ones are closed at once. */
  readonly maxConnections: number
  /** From the connection to the end of the TLS handshake, and from there to CONNECT. */
  readonly connectMs: number
  /** A client that does not read for so long is cut. */
  readonly drainMs: number
  /** Bytes that wait for a client to read them; with more, a ring is not sent and the client is cut. */
  readonly maxUnreadBytes: number
  /** Longest keep alive that a client may ask for, in seconds. None is refused, or a half-open connection would never be found. */
  readonly maxKeepaliveSeconds: number
}

export const brokerLimits: BrokerLimits = {
  maxPacketBytes: 8192,
  maxConnections: 20_000,
  connectMs: 10_000,
  drainMs: 30_000,
  maxUnreadBytes: 64 * 1024,
  maxKeepaliveSeconds: 300,
}
