import type { Job } from '../../../protocol/job.ts'

/** Takes secrets out of a text. */
export type Mask = (text: string) => string

const masked = '*****'

/** As in logs: what is shorter stands in too many words that are no secret. */
const minCharacters = 4

/**
 * Takes the values of a job's secrets out of what its policy says: a hook or a command may hold one, and a policy quotes
 * them. The policy itself sees all as it is, or a secret with the value `terraform` would hide that command from it.
 */
export function maskOf({ environment, files }: Pick<Job, 'environment' | 'files'>): Mask {
  const values = environment.flatMap(({ secret, value }) => (secret ? [value] : []))
  const contents = files.flatMap(({ secret, content }) => (secret ? [Buffer.from(content, 'base64').toString()] : []))
  const secrets = [...values, ...contents]
    .flatMap((secret) => [secret, ...secret.split('\n')])
    .map((secret) => secret.trim())
    .filter((secret) => secret.length >= minCharacters)
    .sort((left, right) => right.length - left.length)
  return (text) => secrets.reduce((left, secret) => left.replaceAll(secret, masked), text)
}

/** The same for every text in a value of JSON; names of fields too. */
export function maskedIn(value: unknown, mask: Mask): unknown {
  if (typeof value === 'string') return mask(value)
  if (Array.isArray(value)) return value.map((one) => maskedIn(one, mask))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [mask(name), maskedIn(one, mask)]))
}
