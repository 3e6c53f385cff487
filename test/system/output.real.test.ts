import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, readFile, readlink, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { People } from '../support/people.ts'
import type { TestProgram } from '../support/test-program.ts'
import { applyStack, logOf, piecesOf, says, startRun, startTask } from './runs.ts'
import { sharedWorld } from './shared-world.ts'

/*
 * What runs write and leave arrives whole, and nowhere else; whatever comes, the programs' memory is bounded.
 */
const shared = sharedWorld({ launchers: 2 })

const mebibyte = 1024 * 1024

/** Far more than a launcher needs, and less than the smallest of what goes through it here would fill. */
const most = 400 * mebibyte

/** The most memory that a process ever had, in bytes (proc_pid_status(5)). */
async function peakOf({ pid }: TestProgram): Promise<number> {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) * 1024
}

/**
 * A command that writes so many lines of text beyond ASCII and one of 3 MB, between the words FIRST and LAST, and then
 * their SHA-256.
 */
const flood = (lines: number) => `
seq 1 ${lines} | sed 's/$/: Größe 東京 🚀\r/' > ../flood
head -c 3000000 /dev/zero | tr '\\0' x >> ../flood
echo FIRST; cat ../flood; echo LAST; sha256sum < ../flood`

/** The SHA-256 of what the container wrote between FIRST and LAST, as the API gives it, and what it should be. */
async function digests(
  people: People,
  run: string,
): Promise<{ came: string; wrote: string | undefined; bytes: number }> {
  const query = 'query($run: ID!) { runStack(runId: $run) { run(id: $run) { history { state stateVersion } } } }'
  type Answer = { runStack: { run: { history: readonly { state: string; stateVersion: number }[] } } }
  const { runStack } = await people.ask<Answer>(query, { run })
  const stay = runStack.run.history.find(({ state }) => state === 'PERFORMING')
  if (!stay) throw new Error('the task did not begin')
  const hash = createHash('sha256')
  let bytes = 0
  // Until all has come, what may be the mark or a part of it is kept back.
  let [held, inside] = [Buffer.alloc(0), false]
  const keep = 1000
  for await (const piece of piecesOf(people, run, stay)) {
    held = Buffer.concat([held, Buffer.from(piece)])
    const first = inside ? 0 : held.indexOf('\nFIRST\n')
    if (first < 0 || held.length < keep) continue
    const begin = inside ? 0 : first + '\nFIRST\n'.length
    inside = true
    const end = Math.max(begin, held.length - keep)
    hash.update(held.subarray(begin, end))
    bytes += end - begin
    held = held.subarray(end)
  }
  const body = held.subarray(0, held.lastIndexOf('LAST\n'))
  const after = held.subarray(body.length).toString()
  bytes += body.length
  return { came: hash.update(body).digest('hex'), wrote: /[0-9a-f]{64}/.exec(after)?.[0], bytes }
}

it('a million lines arrive as they were written', async () => {
  const { world, people } = await shared()
  const stack = await applyStack(people, 'name: million\ntool: custom')
  const run = await startTask(people, stack, flood(1_000_000))
  await world.reaches(run, ['FINISHED'])
  const { came, wrote, bytes } = await digests(people, run)
  expect(bytes).toBeGreaterThan(30 * mebibyte)
  expect(came).toBe(wrote)
  for (const launcher of world.launchers) expect(await peakOf(launcher), launcher.name).toBeLessThan(most)
})

it('loses nothing while the mothership stands still in a flood, and the launcher does not grow', async () => {
  const { world, people } = await shared()
  const stack = await applyStack(people, 'name: still\ntool: custom')
  // The pause in the middle is for the test to see that it has begun.
  const command = `echo begun; sleep 1; ${flood(500_000)}`
  const run = await startTask(people, stack, command)
  await says(people, run, 'begun\n')
  await sleep(1000)
  world.mothership.signal('SIGSTOP')
  try {
    await sleep(4000)
  } finally {
    world.mothership.signal('SIGCONT')
  }
  await world.reaches(run, ['FINISHED'])
  const { came, wrote, bytes } = await digests(people, run)
  expect(bytes).toBeGreaterThan(15 * mebibyte)
  expect(came).toBe(wrote)
  for (const launcher of world.launchers) expect(await peakOf(launcher), launcher.name).toBeLessThan(most)
})

it('a workspace of 500 MB goes from one worker to the other, through bounded memory', async () => {
  const { world, people } = await shared()
  // The sealed format itself vouches for what is between the ends.
  const ends = 'f="../a big file ü"; (wc -c < "$f"; head -c 1000000 "$f"; tail -c 1000000 "$f") | sha256sum'
  const workflow = `
plan: |
  head -c 500000000 /dev/urandom > "../a big file ü"
  ${ends} > sum
apply: |
  ${ends} > again
  cmp sum again && echo "it is the same"`
  const files = JSON.stringify([{ path: 'source/.spacelift/workflow.yml', content: workflow }])
  const stack = await applyStack(people, `name: big\ntool: custom\nfiles: ${files}`)
  const run = await startRun(people, stack)
  await world.reaches(run, ['UNCONFIRMED'])
  await world.cli(['run', 'confirm', run])
  const { history } = await world.reaches(run, ['FINISHED'])
  expect(await logOf(people, run, 'APPLYING')).toContain('\nit is the same\n')
  const by = history.filter(({ state }) => /^(PLANNING|APPLYING)$/.test(state)).map(({ worker }) => worker)
  expect(new Set(by).size).toBe(2)
  for (const launcher of world.launchers) expect(await peakOf(launcher), launcher.name).toBeLessThan(most)
  // It has read whole logs of other tests to us, too.
  expect(await peakOf(world.mothership), 'mothership').toBeLessThan(1.5 * most)
})

/** The files below a directory that hold one of the texts. */
async function filesWith(directory: string, texts: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const content = entry.isSymbolicLink()
      ? [Buffer.from(await readlink(path))]
      : entry.isFile()
        ? await chunksOf(path)
        : []
    if (texts.some((text) => Buffer.concat(content).includes(text))) found.push(path)
  }
  return found
}

async function chunksOf(path: string): Promise<Buffer[]> {
  // Tools are placed there by the tests, and are large.
  if ((await stat(path)).size > 64 * mebibyte) return []
  const chunks: Buffer[] = []
  for await (const chunk of createReadStream(path)) chunks.push(chunk as Buffer)
  return chunks
}

it('a secret is in no log, on no disk and in no output of a program, wherever a run prints it', async () => {
  const { world, people } = await shared()
  const plain = 'Geheimnis-ß-9d8c7b6a'
  const lines = 'erste-zeile-1f2e3d\nzweite-zeile-4c5b6a'
  const mounted = 'mounted-secret-77aa55'
  const stack = await world.stack({
    'stack.yaml': `
name: secretive
tool: { name: opentofu, version: 1.12.6 }
environment:
  - { name: TF_VAR_password, secret: "${plain}" }
  - { name: SEVERAL, secret: ${JSON.stringify(lines)} }
files:
  - { path: token, content: "${mounted}", secret: true }
hooks:
  before_init: ['echo "$TF_VAR_password"; cat ../token; echo "$SEVERAL"; echo "$SEVERAL" | tail -n 1 >&2']
  before_plan: ['printf %s "$TF_VAR_password" | cut -c1-8 | tr -d "\\n"; sleep 1; printf "%s\\n" "$TF_VAR_password" | cut -c9-']
  after_plan: ['printf %s "$TF_VAR_password" | base64; set -x; : "$TF_VAR_password"; set +x']
  before_apply: ['i=0; while [ $i -lt 2000 ]; do printf "%s." "$TF_VAR_password"; i=$((i+1)); done; echo']
  after_run: ['env']
`,
    'main.tf': `
variable "password" {}
resource "terraform_data" "one" {
  input = var.password
  provisioner "local-exec" {
    command     = "echo $P; echo error: $P >&2"
    environment = { P = var.password }
  }
}
output "one" { value = terraform_data.one.output }`,
  })
  const run = await startRun(people, stack)
  await world.reaches(run, ['UNCONFIRMED'])
  const texts = [plain, ...lines.split('\n'), mounted, Buffer.from(plain).toString('base64')]
  const places = () => [
    join(world.directory, 'mothership'),
    ...world.launchers.map(({ name }) => join(world.directory, name)),
  ]
  const whileWaiting = await Promise.all(places().map((place) => filesWith(place, texts)))
  expect(whileWaiting.flat(), 'between plan and apply').toEqual([])
  await world.cli(['run', 'confirm', run])
  await world.reaches(run, ['FINISHED'])

  const log = await logOf(people, run)
  expect(log).toContain('one = "*****"')
  expect(log, 'the state’s token').toMatch(/^TF_HTTP_PASSWORD=\*{5}$/m)
  for (const text of texts) expect(log.includes(text), `${text} in the log`).toBe(false)
  const found = await Promise.all([...places(), join(world.directory, 'logs')].map((place) => filesWith(place, texts)))
  expect(found.flat()).toEqual([])
  const shown = await world.command(['stack', 'show', stack, '--json'])
  for (const text of texts) expect(shown.stdout.includes(text), `${text} in stack show`).toBe(false)
})
