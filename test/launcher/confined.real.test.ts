import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { commitFiles, serveGit } from '../system/git-server.ts'
import { containersOf } from '../system/containers.ts'
import { applyStack, logOf, says, startRun, startTask } from '../system/runs.ts'
import { sharedWorld } from '../system/shared-world.ts'
import { ConfinedLauncher } from './confined.ts'

/*
 * A launcher as a pod runs it: not root, nothing to write but its volume, no capability, and an engine of its group.
 */
const shared = sharedWorld({ launchers: 0 })

const stack = {
  'stack.yaml': `
name: confined
tool: { name: opentofu, version: 1.12.6 }
files:
  - { path: source/given.txt, content: 'from the stack' }
hooks:
  before_plan: ['id -u > whoami.txt', 'mkdir -p read/only && touch read/only/file && chmod -R a-w read']
  after_apply: ['cat whoami.txt']
`,
  'main.tf': `
resource "terraform_data" "one" { input = file("given.txt") }
output "one" { value = terraform_data.one.output }
`,
}

describe('a launcher as a pod runs it', () => {
  it('is not root, and can write nothing but its directory', async () => {
    const { world } = await shared()
    await using launcher = await ConfinedLauncher.start(world, 'rights')
    const status = await readFile(`/proc/${launcher.child.pid}/status`, 'utf8')
    expect(status).toMatch(/^Uid:\s+1983\s+1983\s+1983\s+1983$/m)
    expect(status).toMatch(/^CapEff:\s+0+$/m)
    expect(status).toMatch(/^CapBnd:\s+0+$/m)
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m)
    const mounts = await readFile(`/proc/${launcher.child.pid}/mounts`, 'utf8')
    expect(mounts).toMatch(/^\S+ \/ \S+ ro,/m)
  })

  it('plans, hands the sealed workspace over, applies, and leaves nothing behind', async () => {
    const { world, people } = await shared()
    await using launcher = await ConfinedLauncher.start(world, 'whole')
    const run = await world.trigger(await world.stack(stack))
    await world.reaches(run, ['UNCONFIRMED'])
    await world.cli(['run', 'confirm', run])
    await world.reaches(run, ['FINISHED'])
    expect(await logOf(people, run, 'APPLYING')).toMatch(/^1983$/m)
    expect(await containersOf(run)).toEqual([])
    expect(await readdir(join(world.directory, 'whole/jobs'))).toEqual([])
    launcher.child.kill('SIGTERM')
    expect(await launcher.ended).toBe(0)
    expect(launcher.written).not.toContain('"level":"error"')
  })

  it('fetches a source with git', async () => {
    const { world, people } = await shared()
    const repositories = await mkdtemp(join(tmpdir(), 'git-'))
    try {
      await commitFiles(join(repositories, 'one.git'), {
        'hello.txt': 'hello from git\n',
        '.spacelift/workflow.yml': workflow,
      })
      await using forge = await serveGit(repositories)
      await using launcher = await ConfinedLauncher.start(world, 'git')
      const url = `${forge.address}/one.git`
      const id = await world.stack({
        'stack.yaml': `name: by git\ntool: custom\nautodeploy: true\nsource: { git: { url: "${url}" } }\n`,
      })
      const run = await startRun(people, id)
      await world.reaches(run, ['FINISHED'])
      expect(await logOf(people, run, 'PLANNING')).toContain('hello from git')
      expect(launcher.written).not.toContain('"level":"error"')
    } finally {
      await rm(repositories, { recursive: true, force: true })
    }
  })

  it('is gone in time when its drain timeout is short, and the tool could save its state', async () => {
    const { world, people } = await shared()
    await using launcher = await ConfinedLauncher.start(world, 'short', { SPACELIFT_LAUNCHER_DRAIN_TIMEOUT: '10s' })
    const id = await applyStack(people, 'name: long\ntool: custom')
    const run = await startTask(people, id, "trap 'echo saved; exit 3' INT; echo begun; while :; do sleep 0.1; done")
    await says(people, run, 'begun\n')
    launcher.child.kill('SIGTERM')
    expect(await launcher.ended).toBe(0)
    const { history } = await world.reaches(run, ['FAILED'])
    expect(history.at(-1)?.note).toContain(
      'The launcher had to stop before the run was over: the drain timeout is near',
    )
    expect(await logOf(people, run, 'PERFORMING')).toContain('saved\n')
    expect(await containersOf(run)).toEqual([])
  })

  it('is gone in time although the control plane is silent, and the next launcher delivers the end', async () => {
    const { world, people } = await shared()
    const id = await applyStack(people, 'name: silent\ntool: custom')
    await using first = await ConfinedLauncher.start(world, 'silent', { SPACELIFT_LAUNCHER_DRAIN_TIMEOUT: '6s' })
    const run = await startTask(people, id, "trap 'echo saved; exit 3' INT; echo begun; while :; do sleep 0.1; done")
    await says(people, run, 'begun\n')
    world.mothership.signal('SIGSTOP')
    try {
      first.child.kill('SIGTERM')
      expect(await first.ended).not.toBeNull()
    } finally {
      world.mothership.signal('SIGCONT')
    }
    await using _second = await ConfinedLauncher.start(world, 'silent')
    const { history } = await world.reaches(run, ['FAILED'])
    expect(history.at(-1)?.note).toContain('the drain timeout is near')
    expect(await logOf(people, run, 'PERFORMING')).toContain('saved\n')
  })

  it('goes on with the run that it was doing when it was killed', async () => {
    const { world, people } = await shared()
    const id = await applyStack(people, 'name: killed\ntool: custom')
    const first = await ConfinedLauncher.start(world, 'again')
    const run = await startTask(people, id, 'echo begun; sleep 5; echo over')
    await says(people, run, 'begun\n')
    await first.kill()
    await using second = await ConfinedLauncher.start(world, 'again')
    await world.reaches(run, ['FINISHED'])
    await says(people, run, 'over\n')
    expect(await containersOf(run)).toEqual([])
    const next = await startTask(people, id, 'echo "once more"')
    await world.reaches(next, ['FINISHED'])
    expect(second.written).not.toContain('"level":"error"')
  })
})

const workflow = 'init: "true"\nplan: cat hello.txt\napply: "true"\ndestroy: "true"\n'
