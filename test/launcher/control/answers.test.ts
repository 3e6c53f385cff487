import { describe, expect, it } from 'vitest'
import { apiErrors, type ApiErrorCode } from '../../../protocol/calls.ts'
import { answerOf, refused, retryAfterMs, unanswered } from '../../../launcher/src/control/answers.ts'

const body = (code: string, held?: number) => JSON.stringify({ error: { code, message: 'why', held } })
const refusedWith = (status: number, text = '', retryAfter?: string) =>
  refused('fetch job', { status, text, retryAfter }, 0)

describe('refused', () => {
  it.each(Object.entries(apiErrors) as [ApiErrorCode, { status: number; retry: boolean }][])(
    'knows %s',
    (code, { status, retry }) => {
      const error = refusedWith(status, body(code))
      expect(answerOf(error)).toBe(code)
      const expected =
        code === 'job-lost'
          ? 'JOB_LOST'
          : retry && code !== 'log-incomplete'
            ? 'CONTROL_UNREACHABLE'
            : 'CONTROL_REFUSED'
      expect(error.code).toBe(expected)
      expect(error.message).toBe(`fetch job: the control plane answered ${status} ${code}: why`)
    },
  )

  it.each([
    [400, 'CONTROL_REFUSED'],
    [401, 'CONTROL_REFUSED'],
    [404, 'CONTROL_REFUSED'],
    [408, 'CONTROL_UNREACHABLE'],
    [410, 'JOB_LOST'],
    [418, 'CONTROL_REFUSED'],
    [425, 'CONTROL_UNREACHABLE'],
    [429, 'CONTROL_UNREACHABLE'],
    [500, 'CONTROL_UNREACHABLE'],
    [502, 'CONTROL_UNREACHABLE'],
    [504, 'CONTROL_UNREACHABLE'],
    [302, 'CONTROL_REFUSED'],
  ])('judges %i by its status when the body is not of the protocol', (status, code) => {
    expect(refusedWith(status, '<html>nginx</html>').code).toBe(code)
    expect(refusedWith(status, body('brand-new')).code).toBe(code)
  })

  it('carries how much of a log is held', () => {
    expect(refusedWith(409, body('log-incomplete', 42)).refusal.held).toBe(42)
  })

  it('cuts what a far end says', () => {
    const text = JSON.stringify({ error: { code: 'internal', message: 'x'.repeat(9999) } })
    expect(refusedWith(500, text).message.length).toBeLessThan(700)
  })
})

describe('retryAfterMs', () => {
  const now = Date.parse('2026-11-20T10:00:00Z')

  it.each([
    [undefined, null],
    ['7', 7000],
    [' 0 ', 0],
    ['Fri, 20 Nov 2026 10:01:00 GMT', 60_000],
    ['Fri, 20 Nov 2026 09:00:00 GMT', 0],
    ['soon', null],
    ['-5', null],
  ])('reads %j', (value, ms) => {
    // "-5" is a date to some parsers, in the past: no pause either way.
    expect(retryAfterMs(value, now) || null).toBe(ms || null)
  })
})

describe('unanswered', () => {
  it('names the code of the failure, however deep', () => {
    const cause = Object.assign(new Error('x'), { code: 'ECONNREFUSED' })
    const error = unanswered('heartbeat', new Error('fetch failed', { cause }))
    expect(error.code).toBe('CONTROL_UNREACHABLE')
    expect(error.message).toBe('heartbeat: no answer from the control plane (ECONNREFUSED)')
  })

  it.each([
    'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
    'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
    'ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED',
  ])('knows %s as a refused certificate', (code) => {
    const error = unanswered('heartbeat', Object.assign(new Error('alert'), { code }))
    expect(answerOf(error)).toBe('certificate-refused')
    expect(error.retry).toBe(false)
  })
})
