import type { Session } from './control/session.ts'
import type { Check } from './lifecycle/health.ts'
import type { Lifecycle } from './lifecycle/state.ts'
import type { Engine } from './run/engine.ts'
import type { Worker } from './worker.ts'

/** What readiness is told from. */
export interface View {
  readonly engine: Pick<Engine, 'info'>
  readonly lifecycle: Lifecycle
  readonly session: Session
  readonly worker: Pick<Worker, 'heartbeatAgeMs'>
  /** When the pool's certificate expires, in milliseconds since 1970. */
  readonly expiresAt: number
  readonly now: number
}

/** A kubelet gives a probe one second by default and asks again soon: an engine that takes longer is not ready. */
const engineAnswersMs = 900

/** Everything that must be so for this launcher to be given a job, in the order in which it comes true. Never rejects. */
export async function readiness(view: View): Promise<Check[]> {
  return [await engineCheck(view), certificateCheck(view), controlCheck(view), stateCheck(view)]
}

async function engineCheck({ engine }: View): Promise<Check> {
  try {
    const { version } = await engine.info(AbortSignal.timeout(engineAnswersMs))
    return { name: 'engine', ok: true, detail: `version ${version} answers` }
  } catch (error) {
    return { name: 'engine', ok: false, detail: error instanceof Error ? error.message : 'does not answer' }
  }
}

function certificateCheck({ expiresAt, now }: View): Check {
  const date = new Date(expiresAt).toISOString()
  return { name: 'certificate', ok: expiresAt > now, detail: `valid until ${date}` }
}

function controlCheck({ session, worker }: View): Check {
  const { registered } = session
  const ageMs = worker.heartbeatAgeMs
  if (!registered) return { name: 'control', ok: false, detail: 'not registered yet' }
  if (ageMs === null) return { name: 'control', ok: false, detail: 'no heartbeat was answered yet' }
  const ok = ageMs < registered.leaseSeconds * 1000
  return {
    name: 'control',
    ok,
    detail: `worker ${registered.worker}, last heartbeat ${Math.round(ageMs / 1000)} s ago`,
  }
}

function stateCheck({ lifecycle }: View): Check {
  return { name: 'state', ok: lifecycle.state === 'ready', detail: `${lifecycle.state}: ${lifecycle.why}` }
}
