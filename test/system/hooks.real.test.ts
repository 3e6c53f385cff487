import { expect, it } from 'vitest'
import { logOf, says } from './runs.ts'
import { sharedWorld } from './shared-world.ts'

/*
 * Hooks in real containers, in the order and with the words that the documentation of stacks has.
 */
const shared = sharedWorld({})
const impatient = sharedWorld({ launcherEnv: { SPACELIFT_LAUNCHER_RUN_TIMEOUT: '30s', SPACELIFT_DEBUG: 'true' } })

const moments = ['init', 'plan', 'apply', 'perform', 'destroy']
const names = moments.flatMap((moment) => [`before_${moment}`, `after_${moment}`])

/** Each hook says its name, in which shell it runs, and what was exported before it. */
const telling = Object.fromEntries(
  names.map((name) => [name, [`export TRACE="$TRACE>${name}" && true`, `echo "said $$ $TRACE"`]]),
)
const afterRun = ['echo "over $TF_VAR_spacelift_final_run_state as $TF_VAR_spacelift_run_id"']

function stack(name: string, more: object): Record<string, string> {
  return {
    'stack.yaml': JSON.stringify({ name, tool: 'custom', hooks: { ...telling, after_run: afterRun }, ...more }),
    '.spacelift/workflow.yml': 'init: echo init\nplan: echo plan\napply: echo apply\ndestroy: echo destroy\n',
  }
}

/** What was said, each with the shell that said it. */
function said(log: string): { shells: Set<string>; traces: string[] } {
  const found = [...log.matchAll(/^said (\d+) >(.*)$/gm)]
  return { shells: new Set(found.map(([, shell = '']) => shell)), traces: found.map(([, , trace = '']) => trace) }
}

it('run in one shell, around each phase, and what they export the phases after them see', async () => {
  const { world, people } = await shared()
  const id = await world.stack(stack('around', { autodeploy: true }))
  const run = await world.trigger(id)
  await world.reaches(run, ['FINISHED'])
  const log = await logOf(people, run)
  const { shells, traces } = said(log)
  expect(shells.size).toBe(1)
  expect(traces.at(-1)).toBe('before_init>after_init>before_plan>after_plan>before_apply>after_apply')
  expect(
    log.match(/^(?:init|plan|apply|over .*|said .*_(?:init|plan|apply))$/gm)?.map((line) => line.split('>').at(-1)),
  ).toEqual([
    'before_init',
    'init',
    'after_init',
    'before_plan',
    'plan',
    'after_plan',
    'before_apply',
    'apply',
    'after_apply',
    `over FINISHED as ${run}`,
  ])
  expect(log).toContain('Planning changes with 4 custom hooks...')
})

it('are carried over a confirmation, and after_run is run once, at the end', async () => {
  const { world, people } = await shared()
  const id = await world.stack(stack('confirmed', {}))
  const run = await world.trigger(id)
  await world.reaches(run, ['UNCONFIRMED'])
  expect(await logOf(people, run)).not.toContain('over ')
  await world.cli(['run', 'confirm', run])
  await world.reaches(run, ['FINISHED'])
  const log = await logOf(people, run)
  const { traces } = said(log)
  expect(traces.at(-1)).toBe('before_init>after_init>before_plan>after_plan>before_apply>after_apply')
  expect(log.match(/^over /gm)).toHaveLength(1)
})

it('belong to a task and to a destruction, too', async () => {
  const { world, people } = await shared()
  const id = await world.stack(stack('others', {}))
  const task = await world.cli<{ id: string }>(['task', '--skip-initialization', id, 'echo "in $TRACE"'])
  await world.reaches(task.id, ['FINISHED'])
  const log = await logOf(people, task.id)
  expect(log).toContain('in >before_perform\n')
  expect(said(log).traces).toEqual(['before_perform', 'before_perform>after_perform'])
  const destruction = await world.trigger(id, ['--type', 'destroy', '--wait', '--confirm'])
  const traces = said(await logOf(people, destruction)).traces
  expect(traces.at(-1)).toMatch(/before_destroy>after_destroy$/)
})

it('stop a phase when one of them fails, also in a line that is not its last, and those after it are skipped', async () => {
  const { world, people } = await shared()
  const hooks = { before_plan: ['false\necho hidden'], after_plan: ['echo never'], after_run: afterRun }
  const id = await world.stack(stack('failing', { hooks }))
  const run = await world.trigger(id)
  await world.reaches(run, ['FAILED'])
  const log = await logOf(people, run)
  expect(log).not.toMatch(/^(hidden|never|plan)$/m)
  expect(log).toContain('Unexpected exit code when running the before_plan hooks: 1\n')
  expect(log).toContain(`over FAILED as ${run}\n`)
})

it('after_run is told of a run that was ended because it took too long', async () => {
  const { world, people } = await impatient()
  const id = await world.stack({
    'stack.yaml': JSON.stringify({ name: 'slow', tool: 'custom', hooks: { after_run: afterRun } }),
    '.spacelift/workflow.yml': 'plan: echo begun; sleep 600',
  })
  const run = await world.trigger(id)
  await says(people, run, '$ echo begun; sleep 600\n')
  await world.reaches(run, ['FAILED'])
  const log = await logOf(people, run)
  expect(log).toContain('The run took longer than the run timeout allows.')
  expect(log).toContain(`over FAILED as ${run}\n`)
})

it('are not run for a run that is discarded, or canceled before it has a container', async () => {
  const { world, people } = await shared()
  const id = await world.stack(stack('dropped', {}))
  const held = await world.trigger(id)
  const queued = await world.trigger(id)
  await world.reaches(held, ['UNCONFIRMED'])
  await world.cli(['run', 'cancel', queued])
  await world.cli(['run', 'discard', held])
  await world.reaches(held, ['DISCARDED'])
  expect(await logOf(people, held)).not.toContain('over ')
  expect(await logOf(people, queued)).toBe('')
})
