import { createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HealthServer, type Check } from '../../../launcher/src/lifecycle/health.ts'
import { Metrics } from '../../../launcher/src/lifecycle/metrics.ts'
import type { State } from '../../../launcher/src/lifecycle/state.ts'

let server: HealthServer
let port: number
let checks: Check[]
let state: State
let metrics: Metrics

beforeEach(async () => {
  checks = [{ name: 'engine', ok: true, detail: 'answers' }]
  state = 'ready'
  metrics = new Metrics({
    state: () => state,
    busy: () => true,
    heartbeatAgeMs: () => null,
    certificateExpiresAt: () => 1_800_000_000_000,
    markPending: () => false,
    version: '1.2.3',
  })
  server = new HealthServer({ port: 0, checks: async () => checks, metrics: () => metrics.exposition() })
  port = await server.listen()
})
afterEach(() => server.close())

const get = async (path: string, method = 'GET') => {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method })
  return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() }
}

describe('HealthServer', () => {
  it('is live, whatever is down', async () => {
    checks = [{ name: 'engine', ok: false, detail: 'gone' }]
    state = 'offline'
    expect(await get('/livez')).toMatchObject({ status: 200, text: 'ok\n' })
  })

  it('is ready when every check holds', async () => {
    expect(await get('/readyz')).toMatchObject({ status: 200, text: 'ok\n' })
  })

  it('says why it is not ready', async () => {
    checks.push({ name: 'state', ok: false, detail: 'offline: no broker' })
    expect(await get('/readyz')).toMatchObject({ status: 503, text: 'state: offline: no broker\n' })
  })

  it('lists its checks as JSON', async () => {
    checks.push({ name: 'state', ok: false, detail: 'offline' })
    const { status, type, text } = await get('/readyz?verbose')
    expect([status, type]).toEqual([503, 'application/json'])
    expect(JSON.parse(text)).toEqual({ ready: false, checks })
  })

  it('answers HEAD without a body, and other paths with the ones that there are', async () => {
    expect(await get('/livez', 'HEAD')).toMatchObject({ status: 200, text: '' })
    expect(await get('/')).toMatchObject({ status: 404, text: expect.stringContaining('/metrics') as string })
  })

  it('gives the figures', async () => {
    metrics.jobFinished('succeeded')
    metrics.jobFinished('succeeded')
    metrics.retried('append log')
    metrics.malformedMessage()
    metrics.disconnected()
    metrics.logSent(4096)
    const { status, type, text } = await get('/metrics')
    expect(status).toBe(200)
    expect(type).toMatch(/^text\/plain/)
    const lines = text.split('\n')
    for (const line of [
      'spacelift_launcher_state{state="ready"} 1',
      'spacelift_launcher_state{state="offline"} 0',
      'spacelift_launcher_busy 1',
      'spacelift_launcher_jobs_total{result="succeeded"} 2',
      'spacelift_launcher_retries_total{call="append log"} 1',
      'spacelift_launcher_malformed_messages_total 1',
      'spacelift_launcher_disconnects_total 1',
      'spacelift_launcher_log_bytes_total 4096',
      'spacelift_launcher_certificate_expiry_timestamp_seconds 1800000000',
      'spacelift_launcher_heartbeat_age_seconds Nan',
      'spacelift_launcher_info{version="1.2.3"} 1',
    ]) {
      expect(lines).toContain(line)
    }
    expect(text).toContain('process_resident_memory_bytes')
  })

  it('says which port it cannot have, and by which setting', async () => {
    const holder = createServer()
    await new Promise<void>((resolve) => holder.listen(0, resolve))
    const { port: taken } = holder.address() as { port: number }
    const second = new HealthServer({ port: taken, checks: async () => [], metrics: () => metrics.exposition() })
    await expect(second.listen()).rejects.toMatchObject({
      code: 'CONFIGURATION',
      message: `SPACELIFT_LAUNCHER_HEALTH_PORT: cannot listen on port ${taken}`,
    })
    holder.close()
  })
})
