import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { RunShown, World } from '../support/world.ts'
import { commitFiles, git, serveGit } from './git-server.ts'
import { applyStack, logOf, startRun, startTask } from './runs.ts'
import { sharedWorld } from './shared-world.ts'

/*
 * Stacks as people write them: what a source may hold, what a value may hold, and what is left when half of it failed.
 */
const shared = sharedWorld({ launchers: 2 })
const tofu = 'tool: { name: opentofu, version: 1.12.6 }'

const reached = ({ history }: RunShown) => history.map(({ state }) => state)
const noteOf = ({ history }: RunShown) => history.at(-1)?.note

interface StateFile {
  readonly resources: readonly { readonly name: string }[]
  readonly outputs: Readonly<Record<string, { readonly value: unknown }>>
}

async function stateOf(world: World, stack: string): Promise<StateFile> {
  return JSON.parse((await world.command(['stack', 'state', 'pull', stack])).stdout) as StateFile
}

it('gives the tool variables of every kind, whatever is in them', async () => {
  const { world, people } = await shared()
  const odd = `$HOME "two" 'one' \`id\` \\ % {{ }} \${var.x} %{if}\nsecond line – ü 北\t#end`
  // A complex value is an expression of the tool's language, which has templates of its own.
  const list = ['a b', { deep: `it's "deep" – ü\n$HOME` }]
  const variables = {
    odd,
    list: JSON.stringify(list),
    spaces: '  kept  ',
    empty: '',
  }
  const environment = Object.entries(variables).map(([name, value]) => ({ name: `TF_VAR_${name}`, value }))
  const secret = { name: 'TF_VAR_secret', secret: odd }
  const more = { name: 'TF_CLI_ARGS_plan', value: '-var-file="werte/mehr werte.tfvars" -var=last=1' }
  const stack = await world.stack({
    'stack.yaml': `name: variables\n${tofu}\nautodeploy: true\nenvironment: ${JSON.stringify([...environment, secret, more])}`,
    'main.tf': `
variable "odd" {}
variable "secret" { sensitive = true }
variable "list" { type = tuple([string, object({ deep = string })]) }
variable "spaces" {}
variable "empty" {}
variable "auto" { type = map(list(number)) }
variable "json" {}
variable "file" {}
variable "last" { type = number }
output "all" { value = [var.odd, var.list, var.spaces, var.empty, var.auto, var.json, var.file, var.last] }
output "same" { value = nonsensitive(var.secret == var.odd) }`,
    'z.auto.tfvars': 'auto = { "ü b" = [1, 2] }',
    'y.auto.tfvars.json': '{ "json": "from json" }',
    'werte/mehr werte.tfvars': 'file = "from the file"',
  })
  const run = await startRun(people, stack)
  await world.reaches(run, ['FINISHED'])
  const { outputs } = await stateOf(world, stack)
  expect(outputs['all']?.value).toEqual([odd, list, '  kept  ', '', { 'ü b': [1, 2] }, 'from json', 'from the file', 1])
  expect(outputs['same']?.value).toBe(true)
  expect(await logOf(people, run)).not.toContain('second line – ü 北\t#end')
})

it('keeps what a half-done apply has made, and goes on from there', async () => {
  const { world, people } = await shared()
  const stack = await world.stack({
    'stack.yaml': `name: halfway\n${tofu}\nautodeploy: true`,
    'main.tf': `
variable "broken" { default = true }
resource "terraform_data" "first" { input = "made" }
resource "terraform_data" "second" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" { command = var.broken ? "echo 'this breaks: ü'; exit 3" : "true" }
}
resource "terraform_data" "third" { depends_on = [terraform_data.second] }`,
  })
  const failed = await startRun(people, stack)
  expect(noteOf(await world.reaches(failed, ['FAILED']))).toBe(
    'COMMAND_FAILED: Unexpected exit code when applying changes: 1',
  )
  expect(await logOf(people, failed, 'APPLYING')).toMatch(/this breaks: ü[^]*exit status 3/)
  expect((await stateOf(world, stack)).resources.map(({ name }) => name)).toEqual(['first', 'second'])
  await world.stack({
    'stack.yaml': `name: halfway\n${tofu}\nautodeploy: true\nenvironment: { TF_VAR_broken: "false" }`,
    'main.tf': `
variable "broken" {}
resource "terraform_data" "first" { input = "made" }
resource "terraform_data" "second" { depends_on = [terraform_data.first] }
resource "terraform_data" "third" { depends_on = [terraform_data.second] }`,
  })
  const next = await startRun(people, stack)
  await world.reaches(next, ['FINISHED'])
  expect(await logOf(people, next, 'PLANNING')).toMatch(
    /second is tainted[^]*Plan: 2 to add, 0 to change, 1 to destroy/,
  )
})

it('brings a source as it is: links, executables, hidden files, empty directories, odd names', async () => {
  const { world, people } = await shared()
  const folder = await mkdtemp(join(world.directory, 'odd – source '))
  const write = async (path: string, text: string) => writeFile(join(folder, path), text)
  await mkdir(join(folder, 'leer'))
  await mkdir(join(folder, 'ordner mit ü'))
  await write('stack.yaml', 'name: as it is\ntool: custom\n')
  await write('ordner mit ü/echt.txt', 'through the link\n')
  await symlink('ordner mit ü/echt.txt', join(folder, 'verweis'))
  await symlink('ordner mit ü', join(folder, 'auch das'))
  await symlink('nowhere', join(folder, 'dangling'))
  await write('run me.sh', '#!/bin/sh\necho "it runs: $1"\n')
  await chmod(join(folder, 'run me.sh'), 0o755)
  for (const name of ['.hidden', '-n', '@at', 'new\nline', 'star*', "quote'", 'back\\slash']) await write(name, 'x')
  await write(`${'lang'.repeat(60)}.txt`, 'long')
  const { id: stack } = await world.cli<{ id: string }>(['stack', 'apply', folder])
  const command = [
    'cat verweis "auch das/echt.txt"',
    '"./run me.sh" "a  b"',
    'readlink dangling; readlink "auch das"',
    'ls -d leer .hidden ./-n @at new*line "star*" "quote\'" "back\\slash" lang*.txt | wc -l',
    'touch written "auch das/too" && ls -ln written | cut -c1-10',
    'ls stack.yaml 2>/dev/null || echo "without the YAML"',
  ].join(' && ')
  const run = await startTask(people, stack, command)
  await world.reaches(run, ['FINISHED'])
  const log = await logOf(people, run, 'PERFORMING')
  expect(log).toContain('through the link\nthrough the link\nit runs: a  b\nnowhere\nordner mit ü\n')
  expect(log).toMatch(/\n(9|10)\n-rw-r--r--\nwithout the YAML\n/)
})

it('runs a task on a source that is empty, and says what a tool finds in it', async () => {
  const { world, people } = await shared()
  const stack = await world.stack({ 'stack.yaml': 'name: empty\ntool: custom\n' })
  const task = await startTask(people, stack, 'ls -A | wc -l')
  await world.reaches(task, ['FINISHED'])
  expect(await logOf(people, task, 'PERFORMING')).toContain('\n0\n')
  const failed = await world.reaches(await startRun(people, stack), ['FAILED'])
  expect(noteOf(failed)).toBe(
    'WORKFLOW_INVALID: .spacelift/workflow.yml: the tool "custom" needs the file .spacelift/workflow.yml, and the source has none',
  )
})

it('passes on what hooks export, over the pause between plan and apply too', async () => {
  const { world, people } = await shared()
  const workflow = `init: 'echo "init: $GREETING"'\nplan: 'echo "plan: $GREETING"'\napply: 'echo "apply: $GREETING|$LINES|$GONE|$ROLE|$TF_VAR_spacelift_run_state"; my-tool'`
  const hooks = {
    before_init: [
      `export GREETING="it's \\"ü\\" \\$HOME"   # a comment at the end`,
      'export LINES="one\ntwo\n"\n\n# a comment of its own\n',
      'mkdir -p ../bin; printf "#!/bin/sh\\necho from the path\\n" > ../bin/my-tool; chmod +x ../bin/my-tool; export PATH=$PATH:/mnt/workspace/bin',
    ],
    after_init: ['unset GONE'],
  }
  const environment = { GONE: 'still here', ro_ROLE: 'reader', wo_ROLE: 'writer' }
  const fields = { environment, hooks, files: [file('.spacelift/workflow.yml', workflow)] }
  const yaml = Object.entries(fields).map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
  const stack = await applyStack(people, ['name: exports', 'tool: custom', ...yaml].join('\n'))
  const run = await startRun(people, stack)
  await world.reaches(run, ['UNCONFIRMED'])
  await world.cli(['run', 'confirm', run])
  await world.reaches(run, ['FINISHED'])
  const log = await logOf(people, run)
  expect(log).toContain('\ninit: it\'s "ü" $HOME\n')
  expect(log).toContain('\nplan: it\'s "ü" $HOME\n')
  expect(log).toContain('\napply: it\'s "ü" $HOME|one\ntwo\n||writer|APPLYING\nfrom the path\n')
})

function file(path: string, content: string) {
  return { path: `source/${path}`, content }
}

it('leaves the state to a backend that the source configures', async () => {
  const { world, people } = await shared()
  const stack = await world.stack({
    'stack.yaml': `name: own backend\n${tofu}`,
    'main.tf': `
terraform {
  backend "local" { path = "own state.tfstate" }
}
resource "terraform_data" "one" { input = 1 }`,
  })
  const run = await startRun(people, stack)
  await world.reaches(run, ['UNCONFIRMED'])
  await world.cli(['run', 'confirm', run])
  await world.reaches(run, ['FINISHED'])
  expect(await logOf(people, run)).toContain('The source configures the backend local, which keeps the state')
  expect(await logOf(people, run, 'APPLYING')).toContain('Apply complete! Resources: 1 added')
  expect(await world.cli(['stack', 'state', 'list', stack])).toEqual([])
})

it('fetches a branch, a tag and a commit, and works in a directory of it', async () => {
  const { world, people } = await shared()
  const root = await mkdtemp(join(tmpdir(), 'git-'))
  await using server = await serveGit(root)
  try {
    const repository = join(root, 'repo')
    const at = 'live/größe eins'
    const workflow = { [`${at}/.spacelift/workflow.yml`]: 'plan: cat what; pwd\nplanChangesExitCode: 2' }
    const first = await commitFiles(repository, { ...workflow, [`${at}/what`]: 'the first\n' })
    await git(repository, 'tag', '--annotate', '--message', 'a tag', 'v1.0')
    await git(repository, 'checkout', '--quiet', '-b', 'feature/zwei')
    await commitFiles(repository, { [`${at}/what`]: 'on the branch\n' })
    await git(repository, 'checkout', '--quiet', 'main')
    await commitFiles(repository, { [`${at}/what`]: 'the newest\n' })
    const url = `${server.address}/repo`
    const wishes = [
      [{ url }, 'the newest'],
      [{ url, ref: 'feature/zwei' }, 'on the branch'],
      [{ url, ref: 'v1.0' }, 'the first'],
      [{ url, ref: 'main', commit: first }, 'the first'],
      [{ url, commit: first }, 'the first'],
    ] as const
    for (const [index, [wish, text]] of wishes.entries()) {
      const yaml = `name: git ${index}\ntool: custom\nproject_root: ${at}\nsource: { git: ${JSON.stringify(wish)} }`
      const run = await startRun(people, await world.stack({ 'stack.yaml': yaml }))
      await world.reaches(run, ['FINISHED'])
      expect(await logOf(people, run, 'PLANNING'), yaml).toContain(`\n${text}\n/mnt/workspace/source/${at}\n`)
    }
  } finally {
    await rm(root, { recursive: true })
  }
})

it('runs what was queued in its order, proposals beside it, and a retry once more', async () => {
  const { world, people } = await shared()
  const files = [file('.spacelift/workflow.yml', 'plan: sleep 1\nplanChangesExitCode: 2')]
  const stack = await applyStack(people, `name: queued\ntool: custom\nfiles: ${JSON.stringify(files)}`)
  const runs: string[] = []
  for (let number = 0; number < 6; number += 1) runs.push(await startRun(people, stack))
  const proposed = await startRun(people, stack, 'PROPOSED')
  const shown = []
  for (const run of runs) shown.push(await world.reaches(run, ['FINISHED']))
  const beside = await world.show(proposed)
  expect(beside.state, 'a proposal does not wait for six tracked runs').toBe('FINISHED')
  const stay = ({ history }: RunShown) => ({
    from: history.find(({ state }) => state === 'PREPARING')?.timestamp ?? 0,
    to: history.at(-1)?.timestamp ?? 0,
  })
  const stays = shown.map(stay)
  for (const [index, { from }] of stays.entries()) {
    if (index > 0) expect(from, `run ${index} after ${index - 1}`).toBeGreaterThanOrEqual(stays[index - 1]?.to ?? 0)
  }
  expect(stay(beside).from).toBeLessThan(stays.at(-1)?.from ?? 0)
  const { id: again } = await world.cli<{ id: string }>(['run', 'retry', runs[0] ?? ''])
  expect(reached(await world.reaches(again, ['FINISHED']))).toContain('PLANNING')
})
