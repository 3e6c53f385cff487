import type { Retrying } from '../../../launcher/src/base/retry.ts'
import { systemClock, type Clock } from '../../../launcher/src/base/clock.ts'
import { Https, type CallTimeouts } from '../../../launcher/src/control/https.ts'
import { HttpsApi } from '../../../launcher/src/control/https-api.ts'
import { Session } from '../../../launcher/src/control/session.ts'
import { ulid } from 'ulid'
import type { FakeControlPlane } from '../../fakes/control-plane.ts'

export const patient: CallTimeouts = { connectMs: 5000, headersMs: 20_000, bodyMs: 20_000, callMs: 20_000 }

/** The API of a launcher against a fake control plane, with pauses that are recorded and not waited for. */
export function apiOf(plane: FakeControlPlane, timeouts: CallTimeouts = patient) {
  const pauses: number[] = []
  const clock: Clock = { ...systemClock, sleep: async (ms) => void pauses.push(ms) }
  const told = {
    retried: [] as { call: string; next: Retrying }[],
    unknownWorker: 0,
    logBytes: 0,
    finished: [] as string[],
  }
  const session = new Session()
  const { certificate, authority } = plane.token
  const identity = { certificate, authority, privateKey: plane.certificates.pool.privateKey }
  const https = new Https({ endpoint: plane.endpoint, identity, clock, timeouts })
  const watcher = {
    retrying: (call: string, next: Retrying) => void told.retried.push({ call, next }),
    unknownWorker: () => void told.unknownWorker++,
    logSent: (bytes: number) => void (told.logBytes += bytes),
    finished: (result: string) => void told.finished.push(result),
  }
  const api = new HttpsApi({ https, session, clock, watcher })
  const signal = new AbortController().signal
  const register = async () => {
    const about = { protocol: { major: 1, minor: 0 }, launcher: { version: '0' }, instance: ulid(), metadata: {} }
    const registered = await api.register(about, signal)
    session.replace(registered)
    return registered
  }
  return { api, https, session, told, pauses, signal, register }
}
