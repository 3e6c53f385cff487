import type { DockerApi } from './docker-api.ts'
import { unlessRefused } from './errors.ts'

/**
 * Kills and removes a container with its anonymous volumes. If it is being removed already (409), by the daemon or by somebody
 * else, this waits until it is gone.
 */
export async function removeContainer(api: DockerApi, container: string, timeoutMs: number): Promise<void> {
  const path = `/containers/${container}`
  const removed = async () => {
    await unlessRefused(api.text({ method: 'DELETE', path, query: { force: true, v: true }, timeoutMs }), 404)
    return true
  }
  if (await unlessRefused(removed(), 409)) return
  await unlessRefused(
    api.text({ method: 'POST', path: `${path}/wait`, query: { condition: 'removed' }, timeoutMs }),
    404,
  )
}
