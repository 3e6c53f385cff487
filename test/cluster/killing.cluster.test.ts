import { describe, expect, it } from 'vitest'
import { logOf, says } from '../system/runs.ts'
import { over, reaches } from './control.ts'
import { is, until } from './kubernetes.ts'
import { sharedWorkers } from './shared-workers.ts'
import type { Workers } from './workers.ts'

/** How often a container of a pod was started again. */
async function restarts(workers: Workers, pod: string, container: string): Promise<number> {
  const status = (await workers.pod(pod))?.status
  const all = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])]
  return all.find(({ name }) => name === container)?.restartCount ?? -1
}

async function ready(workers: Workers, pod: string): Promise<void> {
  await until(`${pod} to be ready`, async () => {
    const found = await workers.pod(pod)
    return found && is(found, 'Ready')
  })
}

/** Starts a run that waits; answers it and its pod. */
async function held(workers: Workers, stack: string): Promise<{ run: string; pod: string }> {
  const run = await workers.heldTask(stack)
  await says(workers.people, run, 'begun\n')
  return { run, pod: await workers.busyPod() }
}

/** Expects that the worker takes a run and ends it well. */
async function takesOne(workers: Workers, pod: string): Promise<void> {
  const { run } = await held(workers, 'next')
  await workers.letGo(pod)
  await reaches(workers.people, run, ['FINISHED'])
  expect(await logOf(workers.people, run)).toMatch(/begun\ndone\n/)
}

describe('killed with SIGKILL in the middle of a run,', () => {
  const shared = sharedWorkers({ name: 'killing' })

  it('the launcher comes back, goes on with the run, and takes the next one', async () => {
    const workers = await shared()
    const { run, pod } = await held(workers, 'launcher')
    const before = await restarts(workers, pod, 'launcher')
    // To everybody but the first process and the caller.
    await workers.exec(pod, 'launcher', 'sh', '-c', 'kill -9 -1').catch(() => undefined)
    await until('the launcher to be started again', async () => (await restarts(workers, pod, 'launcher')) > before)
    await says(workers.people, run, 'goes on with the run\n')
    await workers.letGo(pod)
    await reaches(workers.people, run, ['FINISHED'])
    expect(await logOf(workers.people, run)).toMatch(/begun\n\[.*goes on with the run\ndone\n/)
    await ready(workers, pod)
    await takesOne(workers, pod)
  })

  it('dockerd is started again by its supervisor in the same container, and the run goes on', async () => {
    const workers = await shared()
    const { run, pod } = await held(workers, 'dockerd')
    const before = await restarts(workers, pod, 'dind')
    const pidOf = () => workers.exec(pod, 'dind', 'pgrep', '-x', 'dockerd')
    const killed = await pidOf()
    await workers.exec(pod, 'dind', 'pkill', '-9', '-x', 'dockerd')
    await until('another dockerd', async () => (await pidOf()) !== killed)
    await says(workers.people, run, 'The Docker daemon was restarted; the run goes on\n')
    await workers.letGo(pod)
    await reaches(workers.people, run, ['FINISHED'])
    expect(await logOf(workers.people, run)).toMatch(/begun\n\[.*the run goes on\ndone\n/)
    await ready(workers, pod)
    await takesOne(workers, pod)
    expect(await restarts(workers, pod, 'dind')).toBe(before)
  })

  it('the dind container takes the run with it, which says so, and the pod is ready again', async () => {
    const workers = await shared()
    const { run, pod } = await held(workers, 'dind')
    const before = await restarts(workers, pod, 'dind')
    await workers.exec(pod, 'dind', 'pkill', '-9', '-f', 'supervise.sh').catch(() => undefined)
    const ended = await over(workers.people, run)
    expect(ended.state).toBe('FAILED')
    expect(ended.history.at(-1)?.note).toMatch(/^ENGINE_RESTARTED|^CONTAINER_LOST/)
    await until('dind to be started again', async () => (await restarts(workers, pod, 'dind')) > before)
    await ready(workers, pod)
    await takesOne(workers, pod)
  })
})
