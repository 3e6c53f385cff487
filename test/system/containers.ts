import { inject } from 'vitest'
import { askEngine } from '../../quickstart/engine/engine-api.ts'
import '../support/provided.ts'

const limitMs = 30_000

/** Asks the tests' Docker engine. */
export function engine(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<unknown> {
  return askEngine(inject('engine').socket, { method, path, body, signal: AbortSignal.timeout(limitMs) })
}

/** The ids of a run's containers. */
export async function containersOf(run: string): Promise<string[]> {
  const filters = JSON.stringify({ label: [`io.spacelift-worker.run=${run}`] })
  const query = new URLSearchParams({ all: '1', filters }).toString()
  const found = (await engine('GET', `/containers/json?${query}`)) as { Id: string }[]
  return found.map(({ Id }) => Id)
}

/** What `docker kill` does to the containers of a run, of which there must be one. */
export async function killContainer(run: string): Promise<void> {
  const [id, ...more] = await containersOf(run)
  if (id === undefined || more.length > 0) throw new Error(`run ${run} has ${more.length + (id ? 1 : 0)} containers`)
  await engine('POST', `/containers/${id}/kill`)
}
