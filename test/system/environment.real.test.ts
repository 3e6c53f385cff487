import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { applyStack, logOf, startTask } from './runs.ts'
import { sharedWorld } from './shared-world.ts'

/*
 * What a run finds around it: variables, files, and the token by which it proves who it is.
 */
const shared = sharedWorld({})

const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex')

it('2,000 variables, one of 128 KB and one of several lines come as they are', async () => {
  const { world, people } = await shared()
  const many = Array.from({ length: 2000 }, (_, index) => `  V_${index}: value ${index}`)
  const large = 'ä"\'$\\xy'.repeat(16_000)
  const lines = 'first\n\n  third "line"\n'
  const environment = [`  LARGE: ${JSON.stringify(large)}`, `  LINES: ${JSON.stringify(lines)}`, ...many].join('\n')
  const stack = await applyStack(people, `name: large\ntool: custom\nenvironment:\n${environment}`)
  const sum = (name: string) => `echo ${name} $(printf %s "$${name}" | sha256sum)`
  const command = `env | grep -c '^V_[0-9]*=value [0-9]*$'; ${sum('LARGE')}; ${sum('LINES')}`
  const run = await startTask(people, stack, command)
  await world.reaches(run, ['FINISHED'])
  const log = await logOf(people, run)
  expect(log).toContain('\n2000\n')
  expect(Buffer.byteLength(large)).toBe(128_000)
  expect(log).toContain(`LARGE ${sha256(large)}`)
  expect(log).toContain(`LINES ${sha256(lines)}`)
})

it('values are put where others name them, and what a secret is put into is not shown', async () => {
  const { world, people } = await shared()
  const yaml = [
    'name: named',
    'tool: custom',
    'environment:',
    '  ADDRESS: postgres://me:${PASSWORD}@${HOST_NAME}/${TF_VAR_spacelift_stack_id}',
    '  PASSWORD: {secret: hunter2-hunter2}',
    '  HOST_NAME: db.example',
    '  LITERAL: $${HOST_NAME} ${NOBODY}',
    '  ROUND: ${ABOUT}',
    '  ABOUT: ${ROUND}',
  ]
  const stack = await applyStack(people, yaml.join('\n'))
  const run = await startTask(people, stack, 'echo "${#ADDRESS} <$ADDRESS>"; echo "<$LITERAL>"; echo "<$ROUND>"')
  await world.reaches(run, ['FINISHED'])
  const log = await logOf(people, run)
  expect(log).toContain(`${'postgres://me:hunter2-hunter2@db.example/named'.length} <*****>`)
  expect(log).toContain('<${HOST_NAME} ${NOBODY}>')
  expect(log).toContain('<${ABOUT}>')
  expect(log).toContain('lead into a circle of ${...}, and are left as they are: ROUND, ABOUT')
})

it('an environment that no program could be started with fails the run by the name of the variable', async () => {
  const { world, people } = await shared()
  const half = 'x'.repeat(70_000)
  const stack = await applyStack(
    people,
    `name: too large\ntool: custom\nenvironment: {HALF: ${half}, WHOLE: "\${HALF}\${HALF}"}`,
  )
  const run = await startTask(people, stack, 'true')
  const { history } = await world.reaches(run, ['FAILED'])
  expect(history.at(-1)?.note).toMatch(
    /^ENVIRONMENT_REFUSED: The environment variable WHOLE has more than 131071 bytes/,
  )
})

it('mounted files of 2 MB take the place of files of the source', async () => {
  const { world, people } = await shared()
  const content = Buffer.alloc(2 * 1024 * 1024, 'mounted ')
  const id = await world.stack({
    'stack.yaml': `name: mounted\ntool: custom\nfiles:\n  - {path: source/deep/file, base64: ${content.toString('base64')}}\n  - {path: beside, content: beside, secret: true}\n`,
    'deep/file': 'of the source',
  })
  const run = await startTask(people, id, 'sha256sum deep/file; cat ../beside; stat -c "%a %u" ../beside deep/file')
  await world.reaches(run, ['FINISHED'])
  const log = await logOf(people, run)
  expect(log).toContain(sha256(content))
  expect(log).toMatch(/600 1983\n644 1983\n/)
})

it('each job of a run has a token of its own, in a variable and a file, that no log shows', async () => {
  const { world, people } = await shared()
  // The middle part alone proves nothing, and says all.
  const look =
    'echo "claims $(cut -d . -f 2 /mnt/workspace/spacelift.oidc) end"; [ "$SPACELIFT_OIDC_TOKEN" = "$(cat /mnt/workspace/spacelift.oidc)" ] && echo same; cat /mnt/workspace/spacelift.oidc; stat -c "mode %a" /mnt/workspace/spacelift.oidc'
  const id = await world.stack({
    'stack.yaml': 'name: proven\ntool: custom\nspace: platform\n',
    '.spacelift/workflow.yml': `plan: |\n  ${look}\napply: |\n  ${look}\n`,
  })
  const run = await world.trigger(id)
  await world.reaches(run, ['UNCONFIRMED'])
  await world.cli(['run', 'confirm', run])
  await world.reaches(run, ['FINISHED'])
  const scopes = await Promise.all(
    ['PLANNING', 'APPLYING'].map(async (state) => {
      const log = await logOf(people, run, state)
      expect(log).toContain('\nsame\n*****')
      expect(log).toContain('mode 600')
      const claims = /claims (\S+) end/.exec(log)?.[1] ?? ''
      return JSON.parse(Buffer.from(claims, 'base64url').toString()) as { sub: string; jti: string; runId: string }
    }),
  )
  expect(scopes.map(({ sub, runId }) => [sub, runId])).toEqual([
    ['space:platform:stack:proven:run_type:TRACKED:scope:read', run],
    ['space:platform:stack:proven:run_type:TRACKED:scope:write', run],
  ])
  expect(new Set(scopes.map(({ jti }) => jti)).size).toBe(2)
})
