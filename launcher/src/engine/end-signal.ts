import type { EndSignal } from '../run/engine.ts'
import type { DockerApi } from './docker-api.ts'
import { Refusal, unlessRefused } from './errors.ts'

/** How long each call of a signal may take. The ladder goes on to the next signal whatever became of this one. */
const timeoutMs = 10_000

/** Without a space or a sign that shells read differently: dash, bash and BusyBox agree on this form of `kill` and on no other. */
const interruptAll = { SIGINT: 'kill -INT -1', SIGTERM: 'kill -TERM -1' } as const

/**
 * Ends a container. SIGINT and SIGTERM go to every process in it, by a shell inside: the daemon signals the init process only,
 * which passes it to its one child, and a shell that waits for a tool neither hands a signal on nor acts on it. Where that shell
 * can't be started (too many processes, say), the init process must do.
 */
export async function signalContainer(api: DockerApi, container: string, name: EndSignal): Promise<void> {
  if (name !== 'SIGKILL' && (await signalledInside(api, container, interruptAll[name]))) return
  const path = `/containers/${container}/kill`
  // Not there (404) and not running (409) are what a signal is for.
  await unlessRefused(api.text({ method: 'POST', path, query: { signal: name }, timeoutMs }), 404, 409)
}

/** Runs a shell's command in the container, as its user, and answers whether that worked. */
async function signalledInside(api: DockerApi, container: string, command: string): Promise<boolean> {
  try {
    const made = await api.json({
      method: 'POST',
      path: `/containers/${container}/exec`,
      body: { Cmd: ['/bin/sh', '-c', command], AttachStdout: true },
      timeoutMs,
    })
    const { Id: id } = made as { readonly Id?: string }
    // Attached, so that the answer ends when the command does.
    await api.text({ method: 'POST', path: `/exec/${id}/start`, body: { Detach: false, Tty: false }, timeoutMs })
    const ran = await api.json({ method: 'GET', path: `/exec/${id}/json`, timeoutMs })
    return (ran as { readonly ExitCode?: number }).ExitCode === 0
  } catch (error) {
    if (error instanceof Refusal) return false
    throw error
  }
}
