import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, inject, it } from 'vitest'
import { containersOf } from './containers.ts'
import { applyStack, logOf, startTask } from './runs.ts'
import { sharedWorld } from './shared-world.ts'

/*
 * The operator of a worker says by a policy which runs may start there.
 */
const policy = `package spacelift

deny contains sprintf("%s may not run %s here", [stack.name, input.static_run_environment.command]) if {
  contains(input.static_run_environment.command, "forbidden")
}

sample if true
`

const folders: string[] = []
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))))

const shared = sharedWorld(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'policy-'))
  folders.push(folder)
  const path = join(folder, 'policy.rego')
  await writeFile(path, policy)
  return {
    launcherEnv: { SPACELIFT_LAUNCHER_RUN_INITIALIZATION_POLICY: path, SPACELIFT_LAUNCHER_OPA: inject('opa') },
  }
})

it('a run that the policy allows goes on, and its evaluation is kept', async () => {
  const { world, people } = await shared()
  const run = await startTask(people, await applyStack(people, 'name: good\ntool: custom'), 'echo done')
  await world.reaches(run, ['FINISHED'])
  const log = await logOf(people, run)
  expect(log).toMatch(
    /Evaluating run initialization policy\.\.\.\n.*Run initialization policy is GO\n.*Pulling Docker image/,
  )
  expect(log).toContain('\ndone\n')
  const [launcher] = world.launchers
  expect(await launcher?.output()).toContain(`"msg":"Sample 0/INITIALIZATION/${run}/allow"`)
})

it('a run that the policy denies fails in PREPARING with its message, and nothing is started', async () => {
  const { world, people } = await shared()
  const run = await startTask(people, await applyStack(people, 'name: bad\ntool: custom'), 'echo forbidden')
  const { history } = await world.reaches(run, ['FAILED'])
  const message = 'bad may not run echo forbidden here'
  expect(history.at(-1)?.note).toBe(`POLICY_DENIED: The run initialization policy denied the run: ${message}`)
  expect(history.map(({ state }) => state)).not.toContain('PERFORMING')
  expect(await logOf(people, run, 'PREPARING')).toMatch(new RegExp(`policy\\.\\.\\.\\n\\[${run}\\] ${message}\\n`))
  expect(await containersOf(run)).toEqual([])
})
