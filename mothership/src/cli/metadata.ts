import { usageFailure } from './usage.ts'

/** Of every command that makes a run, or lets one go on. */
export const metadataOption = [
  '--metadata <text>',
  'a text for the policies of workers (user_provided_metadata); may be given several times',
  'repeated',
] as const

/** How public clients send metadata: each text is a header of its own, in UTF-8. */
export function metadataHeaders(metadata: readonly string[] = []): Readonly<Record<string, readonly string[]>> {
  const odd = metadata.find((text) => /\p{Cc}/u.test(text) || text.trim() !== text)
  if (odd !== undefined) {
    throw usageFailure(`--metadata: expected one line without white space around it, got ${JSON.stringify(odd)}`)
  }
  const values = metadata.map((text) => Buffer.from(text, 'utf8').toString('latin1'))
  return values.length === 0 ? {} : { 'spacelift-user-provided-run-metadata': values }
}
