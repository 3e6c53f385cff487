import { setTimeout as sleep } from 'node:timers/promises'
import type { Cli } from '../system/command-line.ts'
import { checkRun, checkRuns, type RunView } from '../system/shapes.ts'
import { isOver, isUnconfirmed } from './run-states.ts'

const waiting = ['QUEUED', 'READY', 'CONFIRMED']
const limitMs = 60_000

/** Ends what an interrupted start left of a stack's runs, so that the next run need not wait for it. */
export async function clearStack(cli: Cli, stack: string, signal: AbortSignal): Promise<void> {
  const until = performance.now() + limitMs
  for (;;) {
    const left = (await cli.ask(['run', 'list', stack], checkRuns)).filter((run) => !isOver(run))
    if (left.length === 0 || performance.now() > until) return
    // A run that has ended meanwhile refuses: the next look shows it.
    for (const run of left) await cli.ask(['run', verbFor(run), run.id], checkRun).catch(() => signal.throwIfAborted())
    await sleep(500, undefined, { signal })
  }
}

function verbFor(run: RunView): string {
  if (isUnconfirmed(run)) return 'discard'
  return waiting.includes(run.state) ? 'cancel' : 'stop'
}
