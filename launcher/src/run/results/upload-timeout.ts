/** Also without a word of the stack: as long as that, a control plane may be away. */
const maxMs = 10 * 60_000

const unitMs: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000 }
const variable = 'SPACELIFT_STATE_OUTPUTS_UPLOAD_TIMEOUT'

/** How long results may take to be uploaded, in milliseconds: what the stack says, from 1 s to 10 min. */
export function uploadTimeoutMs(environment: readonly { readonly name: string; readonly value: string }[]): number {
  const written = environment.find(({ name }) => name === variable)?.value ?? ''
  if (!/^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m))+$/.test(written)) return maxMs
  const parts = [...written.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m)/g)]
  const ms = parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (unitMs[unit ?? ''] ?? 0), 0)
  return Math.min(Math.max(ms, 1000), maxMs)
}
