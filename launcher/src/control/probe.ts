import type { MqttClient } from 'mqtt'
import { paths, workerHeader } from '../../../protocol/calls.ts'
import { checkOrders } from '../../../protocol/worker.ts'
import { systemClock } from '../base/clock.ts'
import { LauncherError } from '../base/errors.ts'
import type { ProxySettings } from '../base/outbound.ts'
import { answerOf } from './answers.ts'
import { callBroker, reasonOf, refusalCode } from './broker-connection.ts'
import { Https, type TlsIdentity } from './https.ts'

export interface ProbeOptions {
  readonly endpoint: string
  readonly identity: TlsIdentity
  /** A worker that does not exist. */
  readonly stranger: string
  /** Missing: none. */
  readonly proxy?: ProxySettings
  /** Of an API: whether it is also to know questions for rings. Missing: no. */
  readonly rings?: boolean
  readonly signal: AbortSignal
}

/**
 * Whether the HTTPS API answers and takes the pool's certificate: asked for a stranger's orders, it says that it knows no such worker, and nothing
 * is changed by that. Rejects as the launcher's own calls do.
 */
export async function probeApi({
  endpoint,
  identity,
  stranger,
  proxy = {},
  rings = false,
  signal,
}: ProbeOptions): Promise<void> {
  const https = new Https({ endpoint, identity, clock: systemClock, proxy })
  const headers = { [workerHeader]: stranger, authorization: 'Bearer check' }
  const about = rings
    ? { name: 'wait for a ring', path: `${paths.rings(stranger)}?wait=1` }
    : { name: 'ask for orders', path: paths.orders(stranger) }
  const call = { ...about, method: 'GET', headers, signal } as const
  try {
    await https.json(call, checkOrders)
  } catch (error) {
    if (answerOf(error) !== 'unknown-worker') throw error
  } finally {
    https.close()
  }
}

/** What a broker answers to a stranger (MQTT 3.1.1, 3.2.2.3): it is there, and has looked at who calls. 3 would be "unavailable". */
const knowsNoStranger = [2, 4, 5]

/** Whether the broker answers and takes part in TLS with the pool's certificate. Rejects with CONTROL_UNREACHABLE and why, or the signal's reason. */
export async function probeBroker({ stranger, proxy = {}, signal, ...destination }: ProbeOptions): Promise<void> {
  const caller = { ...destination, proxy, worker: stranger, session: 'check' }
  const client = await callBroker(caller, {}, signal).catch((error: unknown) => {
    signal.throwIfAborted()
    throw new LauncherError('CONTROL_UNREACHABLE', error instanceof Error ? reasonOf(error) : 'failed', {
      cause: error,
    })
  })
  try {
    await welcomeOf(client, signal)
  } finally {
    client.end(true)
  }
}

function welcomeOf(client: MqttClient, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (why: string) => reject(new LauncherError('CONTROL_UNREACHABLE', why))
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    client.on('connect', () => resolve())
    client.on('close', () => failed('the broker closed the connection without a word'))
    client.on('error', (error) => {
      if (knowsNoStranger.some((known) => known === refusalCode(error))) resolve()
      else failed(reasonOf(error))
    })
  })
}
