import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import type { Secrets } from './secrets.ts'

/** What a token is good for: everything that people do, or the state of one stack in one run. */
export type TokenScope = 'api' | 'state'

/** What a token says. */
export interface Claims {
  readonly iss: 'spacelift'
  /** The server's address without `/graphql`. Tools talk to what stands here, so it is exactly one, without a slash at its end. */
  readonly aud: string
  readonly sub: string
  readonly name: string
  readonly scope: TokenScope
  /** Seconds since 1970, as in RFC 7519. */
  readonly iat: number
  readonly exp: number
}

/** What a new token is to say. `lifetimeSeconds` begins at `issuedAt` (milliseconds since 1970), or now. */
export interface NewToken {
  readonly subject: string
  readonly name: string
  readonly scope: TokenScope
  readonly lifetimeSeconds: number
  readonly issuedAt?: number
}

const header = Buffer.from(JSON.stringify({ alg: 'HS256', typ: 'JWT' })).toString('base64url')

/**
 * JSON Web Tokens (RFC 7519) with HMAC-SHA256, signed and read by this process only. The three parts and one algorithm are forty lines
 * on node:crypto: a library would bring the choice of algorithms, which is where such tokens have been broken.
 */
export class Tokens {
  readonly #key: Uint8Array
  readonly #clock: Clock
  readonly #audience: string

  /** `audience`: the base URL of the API for people. */
  constructor(secrets: Secrets, clock: Clock, audience: string) {
    this.#key = secrets.derive('sign tokens')
    this.#clock = clock
    this.#audience = audience.replace(/\/+$/, '')
  }

  /** Makes a token. `validUntil` is in seconds since 1970. */
  issue(token: NewToken): { readonly jwt: string; readonly validUntil: number } {
    const iat = Math.floor((token.issuedAt ?? this.#clock.now()) / 1000)
    const exp = iat + token.lifetimeSeconds
    const { name, scope } = token
    const claims: Claims = { iss: 'spacelift', aud: this.#audience, sub: token.subject, name, scope, iat, exp }
    const signed = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`
    return { jwt: `${signed}.${this.#signature(signed).toString('base64url')}`, validUntil: exp }
  }

  /** What a token says; null if it is not one of ours, was changed, is over, or is for something else than `scope`. Total. */
  verify(jwt: string, scope: TokenScope): Claims | null {
    const cut = jwt.lastIndexOf('.')
    const signed = jwt.slice(0, Math.max(cut, 0))
    const given = Buffer.from(jwt.slice(cut + 1), 'base64url')
    const expected = this.#signature(signed)
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null
    if (!signed.startsWith(`${header}.`)) return null
    const claims = claimsOf(signed)
    if (claims.scope !== scope || claims.aud !== this.#audience) return null
    return claims.exp * 1000 > this.#clock.now() ? claims : null
  }

  #signature(signed: string): Buffer {
    return createHmac('sha256', this.#key).update(signed).digest()
  }
}

/** Only after the signature was found good: then `issue` wrote it, and it is whole. */
function claimsOf(signed: string): Claims {
  return JSON.parse(Buffer.from(signed.slice(header.length + 1), 'base64url').toString('utf8')) as Claims
}
