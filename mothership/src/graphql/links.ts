import { createHmac, timingSafeEqual } from 'node:crypto'

/** How long a link is good for: an upload of some hundred MB over a slow line begins well within it. */
const linkMs = 15 * 60_000

/** What a link permits: uploading a `source`, or reading one state (`version` empty: the newest). */
export type Permit =
  | { readonly kind: 'upload'; readonly id: string }
  | { readonly kind: 'state'; readonly id: string; readonly version: string }

/**
 * Addresses that need no Authorization, because what they permit is in them, with an end and a signature. Clients that upload and
 * download do so without their token.
 */
export class Links {
  readonly #base: string
  readonly #key: Uint8Array
  readonly #now: () => number

  /** `base`: the address at which the client reached us, without a slash at the end. `key`: 32 secret bytes. */
  constructor(base: string, key: Uint8Array, now: () => number) {
    this.#base = base
    this.#key = key
    this.#now = now
  }

  /** The address for a permit. */
  to(permit: Permit): string {
    const expires = this.#now() + linkMs
    const query = new URLSearchParams({
      ...(permit.kind === 'state' && { version: permit.version }),
      expires: String(expires),
      signature: this.#sign(permit, expires),
    })
    return `${this.#base}/transfers/${permit.kind}/${encodeURIComponent(permit.id)}?${query.toString()}`
  }

  /** Whether a link was made here for exactly this and is still good. */
  permits(permit: Permit, query: { readonly expires?: string; readonly signature?: string }): boolean {
    const expires = Number(query.expires)
    const expected = Buffer.from(this.#sign(permit, expires))
    const given = Buffer.from(query.signature ?? '')
    return expires > this.#now() && given.length === expected.length && timingSafeEqual(given, expected)
  }

  #sign(permit: Permit, expires: number): string {
    const text = JSON.stringify([permit.kind, permit.id, permit.kind === 'state' ? permit.version : '', expires])
    return createHmac('sha256', this.#key).update(text).digest('base64url')
  }
}
