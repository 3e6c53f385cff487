import type Docker from 'dockerode'
import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import type { ContainerEvents } from '../rig/container-events.ts'

/** How long a container took that nobody but the daemon worked on. Milliseconds. */
export interface ContainerTimes {
  /** From before `create` to the daemon's word that it started. */
  readonly startMs: number
  /** From before `create` until it was removed. */
  readonly wholeMs: number
}

/**
 * What `docker run --rm` does, and nothing more: create, attach, ask to be told of the removal, start, and wait for both the end of the
 * output and the removal, which is the daemon's to do.
 */
export async function runAndRemove(
  docker: Docker,
  events: ContainerEvents,
  options: Docker.ContainerCreateOptions,
): Promise<ContainerTimes> {
  const beganMs = performance.now()
  const hostConfig = { ...options.HostConfig, AutoRemove: true }
  const container = await docker.createContainer({ ...options, HostConfig: hostConfig })
  const output = (await container.attach({ stream: true, stdout: true, stderr: true })) as Duplex
  const ended = once(output.resume(), 'end')
  const removed = container.wait({ condition: 'removed' })
  const started = events.when(({ action, container: id }) => action === 'start' && id === container.id)
  await container.start()
  await Promise.all([ended, removed])
  const wholeMs = performance.now() - beganMs
  return { startMs: (await started).atMs - beganMs, wholeMs }
}
