import type { Tokens } from './tokens.ts'

/** Long enough for the longest run, which the launcher ends after hours. Beyond that, what decides is whether the run is over. */
const lifetimeSeconds = 24 * 60 * 60

/** The password with which one run reaches the state of its stack, and nothing else. */
export class StateTokens {
  readonly #tokens: Tokens

  constructor(tokens: Tokens) {
    this.#tokens = tokens
  }

  /** `issuedAt` in milliseconds since 1970: the same gives the same password, so that a launcher that asks again knows it. */
  issue(stack: string, run: string, issuedAt?: number): string {
    const token = {
      subject: `${stack}/${run}`,
      name: run,
      scope: 'state',
      lifetimeSeconds,
      ...(issuedAt !== undefined && { issuedAt }),
    } as const
    return this.#tokens.issue(token).jwt
  }

  /** Whether the password is that run's for that stack. Whether the run is over is not its business. */
  verify(password: string, stack: string, run: string): boolean {
    return this.#tokens.verify(password, 'state')?.sub === `${stack}/${run}`
  }
}
