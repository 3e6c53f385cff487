import { createHmac } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, inject, it } from 'vitest'
import { sharedWorld } from './shared-world.ts'

/*
 * Who triggers or confirms a run gives texts along, and the policy of a worker looks at them: signed runs, as published in
 * https://github.com/spacelift-io/signed-run-reference-implementation
 */
const secret = 'what only the operator and the people know'

const policy = `package spacelift

deny["Invalid token"] {
  token := input.run.user_provided_metadata[0]
  [valid, _, _] := io.jwt.decode_verify(token, {"secret": "${secret}"})
  not valid
}

deny["Stack mismatch"] {
  token := input.run.user_provided_metadata[0]
  [_, payload, _] := io.jwt.decode(token)
  payload.spacelift_stack != input.static_run_environment.stack_slug
}

deny["Commit mismatch"] {
  token := input.run.user_provided_metadata[0]
  [_, payload, _] := io.jwt.decode(token)
  payload.sub != input.run.commit.hash
}

deny["Nobody signed"] { count(input.run.user_provided_metadata) == 0 }

sample { true }
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

const stack = (name: string) => ({
  'stack.yaml': `name: ${name}\ntool: custom\n`,
  '.spacelift/workflow.yml': 'plan: echo planned\napply: echo applied\n',
})

function signed(spaceliftStack: string, key = secret): string {
  const claims = { sub: '', spacelift_stack: spaceliftStack }
  const parts = [{ alg: 'HS256', typ: 'JWT' }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  )
  const text = parts.join('.')
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`
}

it('a signed run is planned, and confirmed with a text that the policy sees behind the signature', async () => {
  const { world } = await shared()
  const id = await world.stack(stack('signed'))
  const token = signed(id)
  const run = await world.trigger(id, ['--metadata', token])
  await world.reaches(run, ['UNCONFIRMED'])
  await world.cli(['run', 'confirm', run, '--metadata', 'geprüft', '--metadata', 'a, b'])
  await world.reaches(run, ['FINISHED'])
  const output = (await world.launchers[0]?.output()) ?? ''
  expect(output).toContain(`"user_provided_metadata":["${token}"]`)
  expect(output).toContain(`"user_provided_metadata":["${token}","geprüft","a, b"]`)
})

it.each([
  { how: 'with another key', name: 'forged', token: signed('forged', 'guessed'), message: 'Invalid token' },
  { how: 'for another stack', name: 'moved', token: signed('other'), message: 'Stack mismatch' },
  { how: 'by nobody', name: 'unsigned', token: null, message: 'Nobody signed' },
])('a run that is signed $how is denied', async ({ name, token, message }) => {
  const { world } = await shared()
  const id = await world.stack(stack(name))
  const run = await world.trigger(id, token === null ? [] : ['--metadata', token])
  const { history } = await world.reaches(run, ['FAILED'])
  expect(history.at(-1)?.note).toBe(`POLICY_DENIED: The run initialization policy denied the run: ${message}`)
})
