import type { ApiErrorCode } from '../../../protocol/calls.ts'

/**
 * Why something that was asked for was not done. `code` decides the HTTP status for launchers and the exit code of the command
 * line; `message` is one sentence that names the input, what was expected and what came, and never holds a secret.
 */
export class Refusal extends Error {
  readonly code: RefusalCode
  /** With `log-incomplete`: how many bytes are held. */
  readonly held: number | undefined

  constructor(code: RefusalCode, message: string, options: ErrorOptions & { held?: number } = {}) {
    super(message, options)
    this.name = 'Refusal'
    this.code = code
    this.held = options.held
  }
}

/** `conflict`: what was asked for does not fit the present state, such as confirming a run that is not UNCONFIRMED. */
export type RefusalCode = ApiErrorCode | 'conflict' | 'unauthorized'
