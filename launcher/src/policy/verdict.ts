import type { Evaluated } from './evaluation.ts'
import { messagesOf } from './messages.ts'

/** What follows from a policy's answer. */
export interface Verdict {
  readonly denied: readonly string[]
  /** Set if the run is denied for want of an answer that can be trusted; else empty. */
  readonly error: string
}

/** What happens if a function that a policy calls fails, as for a token that is none. */
export type OnFailedCall = 'deny' | 'ignore'

/**
 * To Rego, a call that fails is undefined, and so is every rule behind it: a check of a token allows what is no token.
 * That is why it denies, unless the operator wants Rego's own meaning.
 */
export function verdictOf({ deny, failedCalls }: Evaluated, onFailedCall: OnFailedCall): Verdict {
  const denied = messagesOf(deny)
  if (denied.length > 0 || failedCalls.length === 0 || onFailedCall === 'ignore') return { denied, error: '' }
  return { denied, error: failedCalls.slice(0, 5).join('; ') }
}
