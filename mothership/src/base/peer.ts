import type { TLSSocket } from 'node:tls'

/** PEM of everything that a TLS server of ours needs. */
export interface ServerIdentity {
  readonly key: string
  readonly certificate: string
  /** What client certificates are checked against; also what clients check this server against. */
  readonly authority: string
}

/**
 * Lower-case hexadecimal SHA-256 of the DER of the certificate that the other side proved to hold; null without one. Resumed TLS
 * sessions carry the certificate of the session that they resume.
 */
export function peerFingerprint(socket: TLSSocket): string | null {
  // Not `getPeerCertificate`, which takes the whole certificate apart: 20 times as long, on every call.
  const fingerprint256 = socket.getPeerX509Certificate()?.fingerprint256
  return fingerprint256 ? fingerprint256.replaceAll(':', '').toLowerCase() : null
}
