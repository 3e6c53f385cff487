/** Everything that ends the quickstart early. */
export type FailureCode =
  | 'no-engine'
  | 'engine-refused'
  | 'engine-too-old'
  | 'engine-elsewhere'
  | 'engine-failed'
  | 'not-root'
  | 'disk-full'
  | 'unwritable'
  | 'port-taken'
  | 'already-running'
  | 'no-image'
  | 'program-failed'
  | 'run-failed'
  | 'usage'

/** A failure with one sentence for the person at the terminal, and the log files that say more. */
export class QuickstartError extends Error {
  readonly code: FailureCode
  readonly logs: readonly string[]

  constructor(code: FailureCode, message: string, options: ErrorOptions & { readonly logs?: readonly string[] } = {}) {
    super(message, options)
    this.name = 'QuickstartError'
    this.code = code
    this.logs = options.logs ?? []
  }
}
