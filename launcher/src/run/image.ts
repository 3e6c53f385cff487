import { LauncherError } from '../base/errors.ts'
import type { Engine } from './engine.ts'

export interface PullParts {
  readonly engine: Pick<Engine, 'pull' | 'present'>
  readonly image: string
  readonly signal: AbortSignal
  /** Gets a line for the run's log now and then. */
  readonly say: (line: string) => void
}

/**
 * Sees to it that an image is there. As in Kubernetes, a name that is meant to move (`latest`, or no tag) is asked for
 * each time, any other only if there is no copy. If the registry refuses or does not answer, a copy that is there is
 * used, and the log says so.
 */
export async function bringImage({ engine, image, signal, say }: PullParts): Promise<void> {
  const present = await engine.present(image, signal)
  if (present && !moves(image)) return
  try {
    await engine.pull(image, { signal, progress: say })
  } catch (error) {
    if (!present || !isRegistrys(error)) throw error
    say(`The image could not be pulled, so this worker's copy of it is used: ${error.message}`)
  }
}

function isRegistrys(error: unknown): error is LauncherError {
  const codes: readonly string[] = ['IMAGE_NOT_FOUND', 'REGISTRY_REFUSED', 'REGISTRY_UNREACHABLE', 'REGISTRY_LOGIN_FAILED']
  return error instanceof LauncherError && codes.includes(error.code)
}

/** Whether a name stands for whatever is newest. */
function moves(image: string): boolean {
  if (image.includes('@')) return false
  const tag = /:([^:/]+)$/.exec(image)?.[1]
  return tag === undefined || tag === 'latest'
}
