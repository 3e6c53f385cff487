import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterEach, describe, expect, inject, it } from 'vitest'
import type { Tool } from '../../../launcher/src/run/tool.ts'
import { entriesOfZip } from '../../../ci/tools/zip.ts'
import { opentofu } from '../../../launcher/src/tools/opentofu.ts'
import { terraform } from '../../../launcher/src/tools/terraform.ts'
import { StateServer } from './state-server.ts'
import '../../support/provided.ts'

const ended: Array<() => Promise<unknown>> = []
afterEach(async () => {
  for (const end of ended.splice(0)) await end()
})

const resource = (value: string) => `
resource "terraform_data" "it" { input = "${value}" }
output "it" { value = terraform_data.it.output }
`

/** A project root with these files, and a tool whose state is kept at a server of the test's. */
async function world(tool: Tool, executable: string, files: Record<string, string>) {
  const directory = await mkdtemp(join(tmpdir(), 'state-'))
  const server = new StateServer('run:first')
  await server.listen()
  ended.push(
    () => server.close(),
    () => rm(directory, { recursive: true }),
  )
  const bin = join(directory, '.bin')
  await execa('mkdir', [bin])
  await symlink(executable, join(bin, tool.binary ?? ''))
  const write = async (texts: Record<string, string>) => {
    for (const [name, text] of Object.entries(texts)) await writeFile(join(directory, name), text)
  }
  await write(files)
  const settings = () => {
    const [username = '', password = ''] = server.credentials.split(':')
    return tool.state({ address: server.address, username, password, authority: null, insist: false }, null)
  }
  await write(Object.fromEntries((settings()?.files ?? []).map(({ path, text }) => [path, text])))
  const run = async (
    phase: 'INITIALIZING' | 'PLANNING' | 'APPLYING' | 'DESTROYING',
    env: Record<string, string> = {},
  ) => {
    const environment = {
      PATH: `${bin}:/bin:/usr/bin`,
      HOME: directory,
      ...tool.environment,
      ...settings()?.environment,
      ...env,
    }
    const ran = await execa('sh', ['-c', (await tool.commands(null))[phase]], {
      cwd: directory,
      env: environment,
      extendEnv: false,
      reject: false,
      all: true,
    })
    return { exitCode: ran.exitCode, text: ran.all }
  }
  return { directory, server, run, write }
}

type Phase = Parameters<Awaited<ReturnType<typeof world>>['run']>[0]

async function runAll(run: Awaited<ReturnType<typeof world>>['run'], phases: readonly Phase[]) {
  const codes: Array<number | undefined> = []
  for (const phase of phases) codes.push((await run(phase)).exitCode)
  return codes
}

const executables: ReadonlyArray<readonly [Tool, string | null]> = [
  [opentofu, inject('tofu')],
  [terraform, inject('terraform')],
]

describe.each(
  executables.flatMap(([tool, executable]) => (executable === null ? [] : [{ tool, executable, name: tool.name }])),
)('the state of $name', ({ tool, executable }) => {
  const sources: Record<string, Record<string, string>> = {
    'nothing about a backend': { 'main.tf': resource('a') },
    'a terraform block without one': { 'main.tf': `terraform { required_version = ">= 1.0" }${resource('a')}` },
    'a backend of its own': { 'main.tf': `terraform {\n  backend "local" { path = "own.tfstate" }\n}${resource('a')}` },
    'a cloud block': { 'main.tf': `terraform {\n  cloud { organization = "x" }\n}${resource('a')}` },
    JSON: {
      'main.tf.json': JSON.stringify({
        terraform: { required_version: '>= 1.0' },
        resource: { terraform_data: { it: { input: 'a' } } },
      }),
    },
    ...(tool.name === 'opentofu'
      ? { 'a .tofu file': { 'main.tofu': `terraform {\n  backend "local" {}\n}${resource('a')}` } }
      : {}),
  }

  it.each(Object.keys(sources))('is kept at the address, with a source that has %s', async (what) => {
    const { run, server, directory } = await world(tool, executable, sources[what] ?? {})
    expect(await runAll(run, ['INITIALIZING', 'PLANNING', 'APPLYING', 'PLANNING'])).toEqual([0, 2, 0, 0])
    expect(JSON.parse(String(server.state))).toMatchObject({ resources: [{ name: 'it' }] })
    expect(server.lock).toBeNull()
    expect((await readdir(directory)).filter((name) => name.includes('tfstate'))).toEqual([])
  })

  it('goes on in another job of the run, whose password is another, and leaves no password in the workspace', async () => {
    const { run, server, directory } = await world(tool, executable, { 'main.tf': resource('a') })
    await runAll(run, ['INITIALIZING', 'PLANNING'])
    server.credentials = 'run:second'
    expect((await run('APPLYING')).exitCode).toBe(0)
    const plan = [...entriesOfZip(await readFile(join(directory, 'spacelift.plan')))]
    expect(plan.map(({ name }) => name)).toContain('tfplan')
    const texts = [...plan.map(({ bytes }) => bytes()), await readFile(join(directory, '.terraform/terraform.tfstate'))]
    for (const text of texts) expect(text.includes('first')).toBe(false)
  })

  it('applies exactly what was planned, or nothing', async () => {
    const { run, write, server } = await world(tool, executable, { 'main.tf': resource('a') })
    await runAll(run, ['INITIALIZING', 'PLANNING'])
    await write({ 'main.tf': resource('b') })
    expect((await run('APPLYING')).exitCode).toBe(0)
    expect(JSON.parse(String(server.state))).toMatchObject({ outputs: { it: { value: 'a' } } })
    expect((await run('APPLYING')).exitCode).toBe(1)
  })

  it('destroys', async () => {
    const { run, server } = await world(tool, executable, { 'main.tf': resource('a') })
    expect(await runAll(run, ['INITIALIZING', 'PLANNING', 'APPLYING', 'DESTROYING'])).toEqual([0, 2, 0, 0])
    expect(JSON.parse(String(server.state))).toMatchObject({ resources: [] })
  })

  it('names the holder of the lock', async () => {
    const { run, server } = await world(tool, executable, { 'main.tf': resource('a') })
    await run('INITIALIZING')
    server.lock = JSON.stringify({ ID: 'somebody-else', Who: 'me' })
    const { exitCode, text } = await run('PLANNING')
    expect(exitCode).toBe(1)
    expect(text).toContain('somebody-else')
  })

  it('is left in errored.tfstate when it cannot be delivered', async () => {
    const { run, server, directory } = await world(tool, executable, { 'main.tf': resource('a') })
    await runAll(run, ['INITIALIZING', 'PLANNING'])
    server.refusals['POST'] = Array.from({ length: 50 }, () => 403)
    expect((await run('APPLYING')).exitCode).toBe(1)
    const errored = JSON.parse(await readFile(join(directory, tool.erroredState ?? ''), 'utf8'))
    expect(errored).toMatchObject({ resources: [{ name: 'it' }] })
  })

  it('survives a restart of the server while it is being saved', async () => {
    const { run, server } = await world(tool, executable, { 'main.tf': resource('a') })
    await runAll(run, ['INITIALIZING', 'PLANNING'])
    await server.close()
    const applying = run('APPLYING')
    setTimeout(() => void server.listen(), 2500)
    expect((await applying).exitCode).toBe(0)
    server.refusals['POST'] = [503, 502]
    expect((await run('DESTROYING')).exitCode).toBe(0)
    expect(server.calls).toEqual(expect.arrayContaining(['POST 503', 'POST 502', 'POST']))
  })

  it('has no colours in its output', async () => {
    const { run } = await world(tool, executable, { 'main.tf': resource('a') })
    const texts = [await run('INITIALIZING'), await run('PLANNING'), await run('APPLYING')]
    expect(texts.map(({ text }) => text).join('')).not.toContain('\x1b')
  })
})
