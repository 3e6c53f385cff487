/** What stands in the place of a secret, whatever its length. */
export const redacted = '*****'
