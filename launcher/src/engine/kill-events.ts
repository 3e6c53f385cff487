import type { KilledBy } from '../run/engine.ts'
import type { DockerApi } from './docker-api.ts'

/** The part of an event that matters here (`GET /events`). */
interface ContainerEvent {
  readonly Action?: string
  readonly Actor?: { readonly Attributes?: Readonly<Record<string, string>> }
}

/** Events are kept in the daemon's memory, the last 256 of them: there or not, the answer is quick. */
const timeoutMs = 5000
const sigkill = '9'

/** Who killed a container, by the daemon's own account. Null: it does not know, or does not know any more. */
export async function killedBy(api: DockerApi, container: string): Promise<KilledBy | null> {
  const filters = JSON.stringify({ type: ['container'], container: [container], event: ['kill', 'oom'] })
  const until = (Date.now() / 1000).toFixed(3)
  const text = await api.text({ method: 'GET', path: '/events', query: { since: 1, until, filters }, timeoutMs })
  const events = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ContainerEvent)
  if (events.some(({ Action }) => Action === 'oom')) return 'memory'
  const killed = events.some(({ Action, Actor }) => Action === 'kill' && Actor?.Attributes?.['signal'] === sigkill)
  return killed ? 'api' : null
}
