import { finished } from 'node:stream/promises'
import { LauncherError } from '../base/errors.ts'
import type { Exit } from '../run/engine.ts'
import { containerDetails, containerState } from './container-state.ts'
import type { DockerApi } from './docker-api.ts'
import { unlessRefused } from './errors.ts'

/**
 * Waits until a container has ended, however it and this call overlap: the daemon is asked to tell of the next end first, and
 * answers once it watches; only then is it asked whether that is over already. The daemon's record is what counts, because the
 * answer of the wait has the exit code only.
 */
export async function waitForExit(api: DockerApi, container: string, signal: AbortSignal): Promise<Exit> {
  for (;;) {
    const next = await api.stream({
      method: 'POST',
      path: `/containers/${container}/wait`,
      query: { condition: 'next-exit' },
      signal,
      timeoutMs: 30_000,
    })
    const exit = await exitNow(api, container, signal)
    if (exit !== null) {
      next.destroy()
      return exit
    }
    await finished(next.resume())
    const after = await exitNow(api, container, signal)
    if (after !== null) return after
  }
}

async function exitNow(api: DockerApi, container: string, signal: AbortSignal): Promise<Exit | null> {
  const details = await containerDetails(api, container, { signal, timeoutMs: 30_000 })
  const state = containerState(details)
  if (state.state === 'gone') throw new LauncherError('CONTAINER_LOST', 'the container was removed while it ran')
  if (state.state !== 'exited') return null
  await refuseMissingCommand(api, { container, command: details?.Path ?? '', exit: state.exit, signal })
  return state.exit
}

/**
 * The init process starts in any image, and exits with 127 if it finds no command there. So does a shell whose last command
 * was not found, and only a look at the container's files tells the two apart.
 */
async function refuseMissingCommand(
  api: DockerApi,
  ended: { container: string; command: string; exit: Exit; signal: AbortSignal },
): Promise<void> {
  if (ended.exit.exitCode !== 127 || !ended.command.startsWith('/')) return
  const look = api.text({
    method: 'HEAD',
    path: `/containers/${ended.container}/archive`,
    query: { path: ended.command },
    signal: ended.signal,
    timeoutMs: 30_000,
  })
  if ((await unlessRefused(look, 404)) === null) {
    throw new LauncherError('IMAGE_UNUSABLE', `the image has no ${ended.command}`)
  }
}
