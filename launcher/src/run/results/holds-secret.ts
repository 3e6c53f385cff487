import { minSecretBytes } from '../../../../protocol/job.ts'

/**
 * Whether JSON holds one of the secrets, or a line of one. What a tool does not know to be secret, such as the value of a variable that is not
 * declared `sensitive`, would else be kept where everybody can read it.
 */
export function secretFinder(secrets: readonly string[]): (json: string) => boolean {
  const texts = secrets
    .flatMap((secret) => [secret, ...secret.split(/\r?\n/)])
    .filter((text) => Buffer.byteLength(text) >= minSecretBytes)
  // As they stand in a string of JSON.
  const forms = [...new Set(texts.map((text) => JSON.stringify(text).slice(1, -1)))]
  return (json) => forms.some((form) => json.includes(form))
}
