import { expect, it } from 'vitest'
import { logOf, startTask } from './runs.ts'
import { sharedWorld } from './shared-world.ts'

/*
 * What must not be read is not in a log, whoever knows of it: the stack, the operator, the run itself, or anybody by its form.
 */
const shared = sharedWorld({
  launcherEnv: {
    SPACELIFT_MASK_ENVS: 'OPERATORS',
    OPERATORS: 'the-operators-word',
    SPACELIFT_WHITELIST_ENVS: 'OPERATORS',
  },
})

const secret = 'p@ss wörd/4711'

async function outputOf(yaml: string, command: string): Promise<string[]> {
  const { world, people } = await shared()
  const stackApply = 'mutation($yaml: String!) { stackApply(yaml: $yaml) { id } }'
  const answer = await people.ask<{ stackApply: { id: string } }>(stackApply, {
    yaml: `${yaml}\nsource: none\ntool: custom\n`,
  })
  const run = await startTask(people, answer.stackApply.id, `echo FIRST; ${command}`)
  await world.reaches(run, ['FINISHED'])
  const log = await logOf(people, run)
  return log
    .slice(log.indexOf('FIRST\n') + 6, log.search(/\[\w+\] Performing is GO/))
    .trimEnd()
    .split('\n')
}

it("a stack's secrets and the operator's are masked as they are, in base64 and in URLs, wherever output is cut", async () => {
  const yaml = `name: known\nenvironment: ${JSON.stringify([{ name: 'WORD', value: secret, secret: true }])}`
  const slowly = `printf 'p@ss w'; sleep 0.3; printf 'örd/4'; sleep 0.3; echo 711`
  const command = `echo "<$WORD>"; ${slowly}; printf %s "$WORD" | base64; echo "${encodeURIComponent(secret)}"; echo "$OPERATORS"`
  expect(await outputOf(yaml, command)).toEqual(['<*****>', '*****', '*****', '*****', '*****'])
})

it('words that a run names are masked from the next line on', async () => {
  const command = `echo "hunter2 swordfish"; echo "::add-mask hunter2 swordfish ab"; echo "hunter2, swordfish, ab"; echo hunter2 | base64`
  const [before, named, refused, ...after] = await outputOf('name: named', command)
  expect([before, named]).toEqual(['hunter2 swordfish', '::add-mask ***** ***** *****'])
  expect(refused).toMatch(/^\[\w+\] ::add-mask: 1 word is shorter than 4 bytes and not masked$/)
  expect(after).toEqual(['*****, *****, ab', '*****'])
})

it('what has a well-known form is masked if the stack wants it, and else it is not', async () => {
  const token = `ghp_${'aB3dE6gH9'.repeat(4)}`
  const key = ['-----BEGIN RSA PRIVATE KEY-----', 'aB3dE6gH9'.repeat(7), '-----END RSA PRIVATE KEY-----']
  const command = `echo 'token ${token}, end'; ${key.map((line) => `echo '${line}'`).join('; ')}; echo last`
  expect(await outputOf('name: wanted\nwell_known_secret_masking: true', command)).toEqual([
    'token *****, end',
    '*****',
    'last',
  ])
  expect(await outputOf('name: unwanted', command)).toEqual([`token ${token}, end`, ...key, 'last'])
})
