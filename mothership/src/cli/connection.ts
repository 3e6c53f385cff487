import { CommandFailure, exitCodes } from './failure.ts'

/** What a failed connection means, by the codes of Node, OpenSSL and undici, as the second half of "Cannot reach X: …". */
const meanings: Readonly<Record<string, string>> = {
  ECONNREFUSED:
    'the connection was refused. Is the mothership running, and is this the port for people (1983 by default)?',
  ECONNRESET: 'the connection was cut.',
  EPIPE: 'the connection was cut.',
  UND_ERR_SOCKET: 'the connection was cut.',
  ETIMEDOUT: 'it does not answer.',
  UND_ERR_CONNECT_TIMEOUT: 'it does not answer.',
  UND_ERR_HEADERS_TIMEOUT: 'it does not answer in time.',
  UND_ERR_BODY_TIMEOUT: 'it does not answer in time.',
  EHOSTUNREACH: 'there is no way to this host.',
  ENETUNREACH: 'there is no way to this network.',
  ENOTFOUND: 'there is no host of this name.',
  EAI_AGAIN: 'the name cannot be resolved now.',
}

const certificateMeanings: Readonly<Record<string, string>> = {
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not signed by an authority that is trusted here.',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not signed by an authority that is trusted here.',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not signed by an authority that is trusted here.',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is not signed by an authority that is trusted here.',
  CERT_SIGNATURE_FAILURE: 'its certificate is not signed by the authority of the profile: is the profile an old one?',
  CERT_HAS_EXPIRED: 'its certificate has expired.',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is not for this host name.',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS on this port.',
}

/** A failed call as what it means to the user. What is not about the connection comes back as it is. */
export function connectionFailure(error: unknown, endpoint: string): unknown {
  const code = codeOf(error)
  const passing = meanings[code]
  const lasting = certificateMeanings[code]
  const meaning = passing ?? lasting
  if (meaning === undefined) return error
  const message = `Cannot reach the mothership at ${endpoint}: ${meaning}`
  return new CommandFailure(exitCodes.unreachable, message, { cause: error, passing: passing !== undefined })
}

function codeOf(error: unknown): string {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: unknown }
  if (typeof code === 'string') return code
  return cause === undefined ? '' : codeOf(cause)
}
