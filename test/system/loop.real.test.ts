import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, inject, it } from 'vitest'
import type { RunShown } from '../support/world.ts'
import { commitFiles, serveGit } from './git-server.ts'
import { logOf, startRun } from './runs.ts'
import { sharedWorld } from './shared-world.ts'

/*
 * The whole loop by the wire: what a person writes is planned by one worker, confirmed, applied by another one, kept,
 * planned again, and taken down.
 */
const shared = sharedWorld({ launchers: 2 })

const secret = 'geheim-ß 42! $HOME "quoted"'

/** A source whose every name has spaces and letters beyond ASCII. */
const houses = {
  'stack.yaml': `
name: "Häuser am See – 東京 №1"
tool: { name: opentofu, version: 1.12.6 }
project_root: "umgebungen/nörd licht"
labels: ["größe:klein", "zwei wörter"]
environment:
  - { name: TF_VAR_gegend, value: "Süd west – 北" }
  - { name: TF_VAR_geheimnis, secret: ${JSON.stringify(secret)} }
  - { name: ro_WHAT, value: "may look" }
  - { name: wo_WHAT, value: "may change" }
files:
  - { path: "einstellungen/gäste liste.json", content: '["Ada", "Çelik"]' }
  - { path: "source/umgebungen/nörd licht/über lagert.txt", content: "from the stack" }
hooks:
  before_init: ['export TF_VAR_begruesst_von="hook äöü"']
  after_init: ['test -d .terraform']
  before_plan: ['echo "planning: $WHAT, $TF_VAR_geheimnis, $TF_VAR_spacelift_stack_labels"']
  after_plan: ['test -f spacelift.plan']
  before_apply: ['echo "applying: $WHAT in $TF_VAR_spacelift_run_state"']
  after_apply: ['echo "the house: $(tofu output -raw haus)"']
  before_destroy: ['echo "destroying: $WHAT"']
  after_run: ['echo "ended as $TF_VAR_spacelift_final_run_state"']
`,
  'module/haus bau/main.tf': `
variable "gegend" { type = string }
resource "terraform_data" "haus" {
  input = "\${var.gegend}: \${trimspace(file("\${path.module}/tür – 戸.txt"))}"
}
output "haus" { value = terraform_data.haus.output }
`,
  'module/haus bau/tür – 戸.txt': 'eine Tür\n',
  'umgebungen/nörd licht/main.tf': `
variable "gegend" { type = string }
variable "begruesst_von" { type = string }
variable "spacelift_stack_id" { type = string }
variable "geheimnis" {
  type      = string
  sensitive = true
}
module "haus" {
  source = "../../module/haus bau"
  gegend = var.gegend
}
resource "terraform_data" "gaeste" {
  input = {
    liste     = jsondecode(file("/mnt/workspace/einstellungen/gäste liste.json"))
    von       = var.begruesst_von
    datei     = file("über lagert.txt")
    geheimnis = var.geheimnis
  }
}
output "haus" { value = module.haus.haus }
output "gaeste" { value = nonsensitive(terraform_data.gaeste.output.liste) }
output "stack" { value = var.spacelift_stack_id }
`,
  'umgebungen/nörd licht/über lagert.txt': 'from the source',
}

interface StateVersion {
  readonly run: string | null
  readonly serial: number
  readonly rescued: boolean
}

interface StateFile {
  readonly resources: readonly { readonly name: string; readonly instances: readonly object[] }[]
  readonly outputs: Readonly<Record<string, { readonly value: unknown }>>
}

function workerIn({ history }: RunShown, state: string): string | null | undefined {
  const found = history.find((entry) => entry.state === state)
  expect(found?.worker, `worker of ${state}`).toBeTruthy()
  return found?.worker
}

function statesOf({ history }: RunShown): string[] {
  return history.map(({ state }) => state)
}

it('plans, applies what was confirmed on another worker, keeps the state, and takes it down', async () => {
  const { world, people } = await shared()
  const stack = await world.stack(houses)

  const first = await world.trigger(stack)
  await world.reaches(first, ['UNCONFIRMED'])
  expect(await logOf(people, first, 'PLANNING')).toMatch(/Plan: 2 to add, 0 to change, 0 to destroy/)
  await world.cli(['run', 'confirm', first])
  const applied = await world.reaches(first, ['FINISHED'])
  expect(statesOf(applied).slice(-5)).toEqual(['UNCONFIRMED', 'CONFIRMED', 'PREPARING_APPLY', 'APPLYING', 'FINISHED'])
  expect(workerIn(applied, 'APPLYING')).not.toBe(workerIn(applied, 'PLANNING'))

  const log = await logOf(people, first)
  expect(log).toContain('planning: may look, *****, größe:klein,zwei wörter\n')
  expect(log).toContain('applying: may change in APPLYING\n')
  expect(log).toContain('the house: Süd west – 北: eine Tür\n')
  expect(log).toContain('ended as FINISHED\n')
  expect(log.match(/ended as/g), 'after_run runs at the end of the run only').toHaveLength(1)
  expect(log).not.toContain('geheim-ß')

  const [version] = await world.cli<StateVersion[]>(['stack', 'state', 'list', stack])
  expect(version).toMatchObject({ run: first, rescued: false })
  const state = JSON.parse((await world.command(['stack', 'state', 'pull', stack])).stdout) as StateFile
  expect(state.outputs['gaeste']?.value).toEqual(['Ada', 'Çelik'])
  expect(state.outputs['stack']?.value).toBe(stack)
  expect(JSON.stringify(state.resources)).toContain('from the stack')

  const second = await world.command(['run', 'trigger', stack, '--wait', '--json'])
  expect(second).toMatchObject({ code: 0 })
  const unchanged = await world.show((JSON.parse(second.stdout) as { id: string }).id)
  expect(statesOf(unchanged)).not.toContain('UNCONFIRMED')
  expect(unchanged.history.at(-1)).toMatchObject({ state: 'FINISHED', note: 'no changes' })
  expect(await world.cli<StateVersion[]>(['stack', 'state', 'list', stack])).toHaveLength(1)

  const gone = await startRun(people, stack, 'DESTROY')
  expect(statesOf(await world.reaches(gone, ['FINISHED']))).toContain('DESTROYING')
  expect(await logOf(people, gone)).toMatch(/destroying: may change\n[^]*Destroy complete! Resources: 2 destroyed/)
  const nothing = JSON.parse((await world.command(['stack', 'state', 'pull', stack])).stdout) as StateFile
  expect(nothing.resources).toEqual([])
})

const terraform = inject('terraform')
// Where it cannot be had, a person may go on without; the project's own checks may not.
it.skipIf(terraform === null && process.env['CI'] !== 'true')('does the same with Terraform', async () => {
  expect(terraform).not.toBeNull()
  const { world, people } = await shared()
  const stack = await world.stack({
    'stack.yaml': 'name: Terraform\ntool: { name: terraform, version: 1.11.4 }\nenvironment: { TF_VAR_who: Ada }',
    'main.tf': `
variable "who" {}
resource "terraform_data" "one" { input = var.who }
output "who" { value = terraform_data.one.output }`,
  })
  const run = await startRun(people, stack)
  await world.reaches(run, ['UNCONFIRMED'])
  await world.cli(['run', 'confirm', run])
  const applied = await world.reaches(run, ['FINISHED'])
  expect(workerIn(applied, 'APPLYING')).not.toBe(workerIn(applied, 'PLANNING'))
  expect(await logOf(people, run)).toMatch(/Terraform has been successfully initialized![^]*who = "Ada"/)
  const again = await startRun(people, stack)
  expect((await world.reaches(again, ['FINISHED'])).history.at(-1)?.note).toBe('no changes')
  expect(await world.cli<StateVersion[]>(['stack', 'state', 'list', stack])).toMatchObject([{ run }])
})

it('plans a proposal without applying it, deploys by itself, and runs a task on what was built', async () => {
  const { world, people } = await shared()
  const stack = await world.stack({
    'stack.yaml':
      'name: automatic\ntool: { name: opentofu, version: 1.12.6 }\nautodeploy: true\nhooks: { before_plan: ["export TF_VAR_kept=yes"] }',
    'main.tf': `
variable "kept" { default = "no" }
resource "terraform_data" "one" { input = "built, \${var.kept}" }
output "one" { value = terraform_data.one.output }`,
  })
  const proposed = await startRun(people, stack, 'PROPOSED')
  expect(statesOf(await world.reaches(proposed, ['FINISHED'])).slice(-3)).toEqual([
    'INITIALIZING',
    'PLANNING',
    'FINISHED',
  ])
  expect(await world.cli(['stack', 'state', 'list', stack])).toEqual([])

  const deployed = await world.reaches(await startRun(people, stack), ['FINISHED'])
  expect(statesOf(deployed).slice(-4)).toEqual(['INITIALIZING', 'PLANNING', 'APPLYING', 'FINISHED'])
  expect(workerIn(deployed, 'APPLYING')).toBe(workerIn(deployed, 'PLANNING'))

  const words = ['task', stack, '--follow', '--', 'echo', 'two  words', '$HOME']
  const kept = await world.command([...words.slice(0, 2), '--follow', 'tofu output -raw one; echo; pwd'])
  expect(kept).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('built, yes\n/mnt/workspace/source\n') as string,
  })
  expect((await world.command(words)).stdout).toContain('\ntwo  words $HOME\n')
})

it('runs any commands of a git repository, at its newest commit or at the one that is named', async () => {
  const { world, people } = await shared()
  const root = await mkdtemp(join(tmpdir(), 'git-'))
  await using server = await serveGit(root)
  try {
    const workflow = `init: echo "initialized"\nplan: cp "grüße ü.txt" planned\napply: cat planned\ndestroy: rm planned`
    const files = { '.spacelift/workflow.yml': workflow, 'grüße ü.txt': 'the first\n' }
    const repository = join(root, 'the repository')
    const first = await commitFiles(repository, files)
    await commitFiles(repository, { 'grüße ü.txt': 'the second\n' })
    const url = `${server.address}/the%20repository`
    const source = `source: { git: { url: "${url}", ref: main } }`
    const stack = await world.stack({ 'stack.yaml': `name: from git\ntool: custom\nautodeploy: true\n${source}` })

    const newest = await startRun(people, stack)
    await world.reaches(newest, ['FINISHED'])
    expect(await logOf(people, newest, 'APPLYING')).toContain('\nthe second\n')
    const { id: named } = await world.cli<{ id: string }>(['run', 'trigger', stack, '--commit', first])
    await world.reaches(named, ['FINISHED'])
    expect(await logOf(people, named, 'APPLYING')).toContain('\nthe first\n')

    const lost = await world.stack({
      'stack.yaml': `name: lost\ntool: custom\nsource: { git: { url: "${url}", ref: gone } }`,
    })
    const { history } = await world.reaches(await startRun(people, lost), ['FAILED'])
    expect(history.at(-1)?.note).toMatch(/SOURCE_UNREACHABLE: git fetch of http:.*the%20repository failed: .*gone/)
  } finally {
    await rm(root, { recursive: true })
  }
})
