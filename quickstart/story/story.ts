import { join } from 'node:path'
import { QuickstartError } from '../failure.ts'
import type { Setting } from '../setting.ts'
import { checkNamed, checkRun, type RunView } from '../system/shapes.ts'
import type { System } from '../system/system.ts'
import { clearStack } from './clear-stack.ts'
import { RunFollower } from './follow-run.ts'
import { isUnconfirmed } from './run-states.ts'
import { summaryOf } from './summary.ts'

const ulid = /\b[0-7][0-9A-HJKMNP-TV-Z]{25}\b/g

/** A run of the example stack, from its trigger to the summary. Rejects with `run-failed`. */
export async function tellStory(system: System, setting: Setting): Promise<void> {
  const { terminal, signal, root } = setting
  const { cli } = system
  const folder = join(root, 'quickstart/stacks/hello')
  const stack = await cli.ask(['stack', 'apply', folder], checkNamed)
  await clearStack(cli, stack.id, signal)
  const { id } = await cli.ask(['run', 'trigger', stack.id], checkRun)
  terminal.heading(`Run ${id} of stack ${stack.name}`)
  // The command line knows workers by their ids.
  const write = (text: string) => terminal.write(text.replaceAll(ulid, (word) => system.workers.get(word) ?? word))
  const follower = new RunFollower(cli, id, { write, signal })
  try {
    let run = await follower.pauseOrEnd()
    if (isUnconfirmed(run)) {
      await decide(run, system, setting)
      run = await follower.pauseOrEnd()
    }
    terminal.heading('Summary')
    for (const line of summaryOf(run, system.workers)) terminal.say(line)
    insistOnSuccess(run)
  } finally {
    follower.stop()
  }
}

async function decide(run: RunView, { cli }: System, { terminal, signal }: Setting): Promise<void> {
  if (terminal.interactive) {
    terminal.heading('The plan waits for a confirmation')
    const confirmed = await terminal.confirm('  Apply it, on the other worker?', signal)
    await cli.ask(['run', confirmed ? 'confirm' : 'discard', run.id], checkRun)
    return
  }
  terminal.heading('The plan waits for a confirmation: there is no terminal to ask, so it is confirmed')
  await cli.ask(['run', 'confirm', run.id], checkRun)
}

function insistOnSuccess(run: RunView): void {
  if (run.state === 'FINISHED' || run.state === 'DISCARDED') return
  const note = run.note ?? run.history?.at(-1)?.note
  throw new QuickstartError('run-failed', `The run ended ${run.state}${note ? `: ${note}` : ''}.`)
}
