import type Docker from 'dockerode'
import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import type { ContainerEvents } from '../rig/container-events.ts'

/**
 * How long a container's output takes to nowhere: from the daemon's word that it started to the end of the attached stream, whose bytes
 * are dropped as they come. Milliseconds.
 */
export async function drain(
  docker: Docker,
  events: ContainerEvents,
  options: Docker.ContainerCreateOptions,
): Promise<number> {
  const container = await docker.createContainer(options)
  try {
    const output = (await container.attach({ stream: true, stdout: true, stderr: true })) as Duplex
    const ended = once(output.resume(), 'end').then(() => performance.now())
    const started = events.when(({ action, container: id }) => action === 'start' && id === container.id)
    await container.start()
    return (await ended) - (await started).atMs
  } finally {
    await container.remove({ force: true, v: true })
  }
}
