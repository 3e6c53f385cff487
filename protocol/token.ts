import { Type, type Static } from 'typebox'
import { checker, decodeJson, undecodable, type Decoded } from './decoded.ts'
import { Ulid } from './ids.ts'

/** The version of the token that this package reads and writes. Another number is refused, so that an old launcher never guesses. */
export const tokenVersion = 1

const TokenSchema = Type.Object({
  version: Type.Literal(tokenVersion),
  broker: Type.Object({ endpoint: Type.String({ pattern: '^(mqtts|tls|ssl|wss)://' }) }),
  api: Type.Object({ endpoint: Type.String({ pattern: '^https://' }) }),
  pool: Type.Object({ id: Ulid }),
  certificate: Type.String({ pattern: '-----BEGIN CERTIFICATE-----' }),
  authority: Type.String({ pattern: '-----BEGIN CERTIFICATE-----' }),
})

/**
 * What a pool's workers are given (`SPACELIFT_TOKEN`): where the broker and the launchers' API are, the pool's id, the
 * pool's certificate (PEM) that goes with the private key that never left its owner, and the authority's certificate (PEM)
 * that both servers are checked against. `.broker.endpoint` is where existing tools look for it.
 */
export type Token = Static<typeof TokenSchema>

const checkToken = checker('token', TokenSchema)

/** Base64 of the token's JSON, on one line. */
export function encodeToken(token: Token): string {
  return Buffer.from(JSON.stringify(token)).toString('base64')
}

/** Reads a token. Surrounding white space and line breaks are ignored, as `base64` without `-w0` makes them. */
export function decodeToken(text: string): Decoded<Token> {
  const bytes = decodeBase64(text)
  if (!bytes.ok) return undecodable('not-base64', `unable to base64 decode token: ${bytes.fault.message}`)
  const json = decodeJson('token', bytes.value.toString('utf8'), (value) => ({ ok: true, value }))
  if (!json.ok) return undecodable('not-json', 'token is not JSON after base64 decoding: was it encoded twice, or cut?')
  const version = (json.value as { version?: unknown } | null)?.version
  if (version !== undefined && version !== tokenVersion) {
    return undecodable(
      'wrong-version',
      `token is of version ${JSON.stringify(version)}, this launcher reads version ${tokenVersion}`,
    )
  }
  return checkToken(json.value)
}

/**
 * Strict base64, because Node's decoder skips what it does not know and most broken credentials are broken base64. The
 * message is the one that users of Go programs know: `illegal base64 data at input byte N`.
 */
export function decodeBase64(text: string): Decoded<Buffer> {
  const compact = text.replaceAll(/[\r\n]/g, '').trim()
  const illegal = compact.search(/[^A-Za-z0-9+/=]|=(?!=?$)/)
  if (illegal >= 0) return undecodable('not-base64', `illegal base64 data at input byte ${illegal}`)
  if (compact === '' || compact.length % 4 !== 0)
    return undecodable('not-base64', `illegal base64 data at input byte ${compact.length}`)
  return { ok: true, value: Buffer.from(compact, 'base64') }
}
