import { apiErrors, checkApiError, type ApiErrorBody, type ApiErrorCode } from '../../../protocol/calls.ts'
import { decodeJson } from '../../../protocol/decoded.ts'
import { LauncherError, type FailureCode } from '../base/errors.ts'

/** What an answer that is not 2xx said beside its failure code. */
export interface Refusal {
  /** The protocol's code; null if there was no answer, or one that is not of the protocol. */
  readonly answer: ApiErrorCode | null
  readonly status: number | null
  /** With `log-incomplete`: how many bytes are held. */
  readonly held: number | null
  readonly retryAfterMs: number | null
}

/** A call to the control plane that failed. `code` is CONTROL_UNREACHABLE (trying again may help), CONTROL_REFUSED or JOB_LOST. */
export class ControlError extends LauncherError {
  readonly refusal: Refusal

  constructor(
    code: FailureCode,
    message: string,
    about: { readonly refusal?: Partial<Refusal>; readonly cause?: unknown },
  ) {
    super(code, message, about.cause === undefined ? {} : { cause: about.cause })
    this.name = 'ControlError'
    this.refusal = { answer: null, status: null, held: null, retryAfterMs: null, ...about.refusal }
  }
}

/** The answer's code if `error` is a refusal by the control plane. */
export function answerOf(error: unknown): ApiErrorCode | null {
  return error instanceof ControlError ? error.refusal.answer : null
}

export interface Answer {
  readonly status: number
  readonly retryAfter: string | undefined
  /** The body's text, cut to a size that an error may have. */
  readonly text: string
}

/** 425 Too Early and 408 Request Timeout invite to try again; everything else below 500 does not (RFC 9110, RFC 8470). */
const passingStatuses = [408, 425, 429]

/** Classifies an answer that is not 2xx. A code that is not known here, or a body of somebody in between, counts by its status. */
export function refused(call: string, answer: Answer, now: number): ControlError {
  const body = decodeJson('answer', answer.text, checkApiError)
  const error = body.ok ? body.value.error : null
  const known = error && isKnown(error.code) ? error.code : answer.status === 410 ? 'job-lost' : null
  const code = failureCode(known, answer.status)
  return new ControlError(code, `${call}: the control plane answered ${answer.status}${sentence(error)}`, {
    refusal: {
      answer: known,
      status: answer.status,
      held: error?.held ?? null,
      retryAfterMs: retryAfterMs(answer.retryAfter, now),
    },
  })
}

function failureCode(known: ApiErrorCode | null, status: number): FailureCode {
  if (known === 'job-lost') return 'JOB_LOST'
  // The same call cannot succeed: more of the log must be sent first, and that is the caller's to do.
  if (known === 'log-incomplete') return 'CONTROL_REFUSED'
  const again = known ? apiErrors[known].retry : passingStatuses.includes(status) || status >= 500
  return again ? 'CONTROL_UNREACHABLE' : 'CONTROL_REFUSED'
}

function isKnown(code: string): code is ApiErrorCode {
  return Object.hasOwn(apiErrors, code)
}

function sentence(error: ApiErrorBody['error'] | null): string {
  return error ? ` ${error.code}: ${error.message.slice(0, 500)}` : ''
}

/** Reads `Retry-After`: seconds, or a date that is held against `now` (RFC 9110, 10.2.3). Null: not there, or rubbish. */
export function retryAfterMs(value: string | undefined, now: number): number | null {
  if (value === undefined) return null
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000
  const date = Date.parse(value)
  return Number.isNaN(date) ? null : Math.max(0, date - now)
}

/** TLS alerts by which a server refuses our certificate before it reads a byte of HTTP (OpenSSL's names, as Node gives them). */
const certificateAlerts =
  /^ERR_SSL_\w*ALERT_(CERTIFICATE_(REQUIRED|EXPIRED|REVOKED|UNKNOWN)|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)$/

/** Classifies a call that got no answer: refused, cut, timed out, or a TLS failure. Only a refused certificate is not worth another try soon. */
export function unanswered(call: string, cause: unknown): ControlError {
  const code = systemCode(cause)
  if (certificateAlerts.test(code)) {
    return new ControlError('CONTROL_REFUSED', `${call}: the control plane refused the pool's certificate (${code})`, {
      refusal: { answer: 'certificate-refused' },
      cause,
    })
  }
  const who = code === 'ERR_PROXY_TUNNEL' ? proxyWords(cause) : code
  return new ControlError('CONTROL_UNREACHABLE', `${call}: no answer from the control plane (${who})`, { cause })
}

/** What a proxy answered in place of making a tunnel. */
export function proxyWords(error: unknown): string {
  const status = error instanceof Error ? /HTTP\/1\.\d (\d{3}[\x20-\x7e]{0,100})/.exec(error.message)?.[1] : undefined
  return `the proxy makes no tunnel: ${status ?? 'no answer'}`
}

function systemCode(error: unknown): string {
  for (let level: unknown = error; level instanceof Error; level = level.cause) {
    if ('code' in level && typeof level.code === 'string') return level.code
    if (level.name === 'TimeoutError') return 'TIMEOUT'
  }
  return 'UNKNOWN'
}
