import type { SigningKey } from './signing-key.ts'

const lifetimeSeconds = 60 * 60

/** The run that a token speaks for. */
export interface IdentityWish {
  readonly space: string
  readonly stack: string
  readonly run: string
  readonly runType: string
  /** Which of the run's jobs: it names the token. */
  readonly job: string
  readonly scope: 'read' | 'write'
  /** Null: the host of the issuer. */
  readonly audience: string | null
  /** Milliseconds since 1970. */
  readonly issuedAt: number
}

/**
 * Tokens by which runs prove to clouds who they are (OpenID Connect), with the claims of Spacelift's. The same wish gives
 * the same token: a launcher that asks for its job once more learns what it has to mask.
 */
export class IdentityTokens {
  readonly issuer: string
  readonly #key: SigningKey

  /** `issuer`: where clouds find the discovery document, without a slash at the end. */
  constructor(key: SigningKey, issuer: string) {
    this.#key = key
    this.issuer = issuer.replace(/\/+$/, '')
  }

  issue({ space, stack, run, runType, job, scope, audience, issuedAt }: IdentityWish): string {
    const iat = Math.floor(issuedAt / 1000)
    return this.#key.token({
      iss: this.issuer,
      sub: `space:${space}:stack:${stack}:run_type:${runType}:scope:${scope}`,
      aud: audience ?? new URL(this.issuer).hostname,
      exp: iat + lifetimeSeconds,
      nbf: iat,
      iat,
      jti: job,
      spaceId: space,
      callerType: 'stack',
      callerId: stack,
      runType,
      runId: run,
      scope,
    })
  }
}
