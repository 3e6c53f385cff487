import type { ContainerState, Exit } from '../run/engine.ts'
import type { DockerApi } from './docker-api.ts'
import { unlessRefused } from './errors.ts'

/** The part of `GET /containers/{id}/json` that matters here. */
interface ContainerDetails {
  readonly State?: {
    readonly Status?: string
    readonly ExitCode?: number
    readonly OOMKilled?: boolean
    readonly Error?: string
  }
  /** The executable, as it was asked for. */
  readonly Path?: string
}

/** What the daemon knows of a container; null if it knows no such container. */
export async function containerDetails(
  api: DockerApi,
  container: string,
  call: { readonly signal?: AbortSignal; readonly timeoutMs: number },
): Promise<ContainerDetails | null> {
  const details = await unlessRefused(api.json({ ...call, method: 'GET', path: `/containers/${container}/json` }), 404)
  return details as ContainerDetails | null
}

/** The state in our words. A container that is paused, restarting or being removed has not ended: it is running. */
export function containerState(details: ContainerDetails | null): ContainerState {
  const status = details?.State?.Status
  if (details === null) return { state: 'gone' }
  if (status === 'created') return { state: 'created' }
  if (status === 'exited' || status === 'dead') return { state: 'exited', exit: exitOf(details) }
  return { state: 'running' }
}

function exitOf(details: ContainerDetails): Exit {
  const state = details.State ?? {}
  return { exitCode: state.ExitCode ?? -1, oomKilled: state.OOMKilled ?? false, error: state.Error ?? '' }
}

/**
 * Whether a container is ending, for a reader that may have to hurry. While the daemon handles the end of a container it answers
 * no question about it: no answer means yes. So does an error: reading on is never wrong.
 */
export async function isEnding(api: DockerApi, container: string): Promise<boolean> {
  try {
    const { state } = containerState(await containerDetails(api, container, { timeoutMs: 500 }))
    return state === 'exited' || state === 'gone'
  } catch {
    return true
  }
}
