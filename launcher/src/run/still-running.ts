import type { Clock } from '../base/clock.ts'
import type { Silence } from './silence.ts'

/** How long a container is silent before its log says that it still runs, and again after each such time. */
export const stillRunningMs = 60_000

export interface StillRunningParts {
  readonly clock: Clock
  readonly silence: Pick<Silence, 'quietMs'>
  readonly say: (line: string) => void
}

/**
 * Says that a silent container still runs, for whoever reads along, until `ended` is aborted. The line is the launcher's own and no
 * output: the limit of silence counts on.
 */
export async function sayStillRunning({ clock, silence, say }: StillRunningParts, ended: AbortSignal): Promise<void> {
  let said = 0
  while (!ended.aborted) {
    const times = Math.floor(silence.quietMs / stillRunningMs)
    if (times > said) say('Still running...')
    said = times
    await clock.sleep((said + 1) * stillRunningMs - silence.quietMs, ended).catch(() => {})
  }
}
