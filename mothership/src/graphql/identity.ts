import type { Person } from './services.ts'

/** Checks API keys. */
export interface Keys {
  /** Whose key it is. Null: no such key, or a wrong secret, told apart by nothing that a caller can measure. */
  verify(id: string, secret: string): Promise<Person | null>
}

/** Makes and reads the bearer tokens of people and tools. */
export interface Tokens {
  /**
   * A JWT whose `aud` is the one base address of this server without a slash at its end (Spacelift's Terraform provider goes on
   * to `<aud>/graphql`), with `exp`. `validUntil` in seconds since 1970, hours ahead: spacectl drops a mutation without a word when it
   * cannot renew its token.
   */
  issue(person: Person): { readonly jwt: string; readonly validUntil: number }
  /** Null: not a token of this server, or one that has expired. */
  verify(jwt: string): Person | null
}

/** The person behind an `Authorization` header; null for none, for another scheme, and for a token that is not good (any more). */
export function personOf(authorization: string | undefined, tokens: Tokens): Person | null {
  const jwt = /^bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
  return jwt === undefined ? null : tokens.verify(jwt)
}
