import type { Rooms } from '../asked.ts'
import { once } from '../once.ts'
import { secondsOrNull } from '../seconds.ts'
import type { RunAdministration, RunView } from '../services.ts'

/** How a stack stands: the run that holds it, and the newest run that could change it. */
export interface Standing {
  readonly blocker: RunView | null
  readonly newest: RunView | null
}

const holding = ['TRACKED', 'DESTROY', 'TASK'] as const
const pageSize = 50

/**
 * Reads the stack's runs from the newest on until a page has none that is not over: behind it nothing waits or runs any more,
 * because a stack's runs go oldest first.
 */
export async function standingOf(stack: string, runs: RunAdministration): Promise<Standing> {
  const standing: { blocker: RunView | null; newest: RunView | null } = { blocker: null, newest: null }
  for (let before: string | undefined; ; ) {
    const page = await runs.list({ stack, types: holding, before, limit: pageSize })
    standing.newest ??= page[0] ?? null
    standing.blocker ??= page.find((run) => !run.finished && run.state !== 'QUEUED') ?? null
    before = page.at(-1)?.id
    if (standing.blocker || page.length < pageSize || page.every((run) => run.finished)) return standing
  }
}

/** The fields of a stack that tell how it stands, read once for all of them. */
export function standingFields(stack: string, rooms: Rooms) {
  const read = once(() => standingOf(stack, rooms.runs))
  const shown = async () => {
    const { blocker, newest } = await read()
    return blocker ?? newest
  }
  return {
    blocker: async () => {
      const { blocker } = await read()
      return blocker && rooms.show.run(blocker)
    },
    state: async () => (await shown())?.state ?? 'NONE',
    stateSetAt: async () => secondsOrNull((await shown())?.updatedAt ?? null),
  }
}
