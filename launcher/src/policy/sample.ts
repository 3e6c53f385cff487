/** An evaluation that the policy wants to be kept, by `sample`. */
export interface Sampled {
  /** Milliseconds since 1970. */
  readonly now: number
  readonly run: string
  /** The policy's text. */
  readonly body: string
  readonly input: unknown
  readonly deny: readonly string[]
  /** Why it denied without a message; empty if it did not. */
  readonly error: string
}

/** The line by which an evaluation is kept, as launchers for Spacelift print it: one JSON object. */
export function sampleLine({ now, run, body, input, deny, error }: Sampled): string {
  const outcome = deny.length > 0 || error !== '' ? 'deny' : 'allow'
  const record = {
    caller: 'policy/sample.ts',
    level: 'info',
    msg: `Sample 0/INITIALIZATION/${run}/${outcome}`,
    sample: { body, input, outcome, results: { deny, sample: true }, error },
    ts: new Date(now).toISOString(),
  }
  return `${JSON.stringify(record)}\n`
}
