import { apiErrors, type ApiErrorBody, type ApiErrorCode } from '../../../protocol/calls.ts'
import type { Fault } from '../../../protocol/decoded.ts'
import { Refusal, type RefusalCode } from '../base/errors.ts'

/** What is answered to a call that was not done. */
export interface FailureAnswer {
  readonly status: number
  readonly body: ApiErrorBody
  readonly headers: Readonly<Record<string, string>>
  /** Nobody decided this: it goes to the log, and nothing of it to the caller. */
  readonly unexpected: boolean
}

/** Codes that launchers have no name for: they go by the status. */
const otherStatuses: Readonly<Record<Exclude<RefusalCode, ApiErrorCode>, number>> = { conflict: 409, unauthorized: 401 }

/** Seconds after which a caller is asked to come again. */
const retryAfterSeconds: Partial<Record<RefusalCode, string>> = { 'too-many-requests': '1', unavailable: '5' }

/** fastify's own refusals by their `code` (https://fastify.dev/docs/latest/Reference/Errors/), as ours. */
const fastifyCodes: Readonly<Record<string, RefusalCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'bad-request',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'bad-request',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'bad-request',
  FST_ERR_CTP_INVALID_JSON_BODY: 'bad-request',
  FST_ERR_BAD_URL: 'bad-request',
  FST_ERR_MAX_PARAM_LENGTH: 'bad-request',
}

/** The one place where errors become answers. */
export function answerTo(error: unknown): FailureAnswer {
  if (error instanceof Refusal) return refusalAnswer(error)
  const fastifyCode = fastifyCodes[(error as { code?: string } | null)?.code ?? '']
  if (fastifyCode) return refusalAnswer(new Refusal(fastifyCode, (error as Error).message))
  return {
    ...refusalAnswer(new Refusal('internal', 'something is wrong here, and it is in the log')),
    unexpected: true,
  }
}

/** A document from outside that is not what it should be. */
export function refusalOf(fault: Fault): Refusal {
  return new Refusal(fault.code === 'too-large' ? 'too-large' : 'bad-request', fault.message)
}

function refusalAnswer({ code, message, held }: Refusal): FailureAnswer {
  const retryAfter = retryAfterSeconds[code]
  return {
    status: code === 'conflict' || code === 'unauthorized' ? otherStatuses[code] : apiErrors[code].status,
    body: { error: { code, message, ...(held === undefined ? {} : { held }) } },
    headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter },
    unexpected: false,
  }
}
