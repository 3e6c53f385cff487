import { chmod, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { startProxy, type Proxy } from '../fakes/connect-proxy.ts'
import { containersOf } from './containers.ts'
import { applyStack, logOf, startRun, startTask } from './runs.ts'
import { sharedWorld } from './shared-world.ts'

/*
 * What the operator of a worker gives to all its runs: variables and mounts.
 */
const folders: string[] = []
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))))

const proxies: Proxy[] = []
afterAll(() => Promise.all(proxies.map((proxy) => proxy[Symbol.asyncDispose]())))

const hidden = 'correct horse battery'

const shared = sharedWorld(async () => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'options-')))
  folders.push(folder)
  await chmod(folder, 0o777)
  proxies.push(await startProxy({ account: 'ada:geheim' }))
  await writeFile(join(folder, 'file'), 'from outside\n')
  return {
    launcherEnv: {
      SPACELIFT_WHITELIST_ENVS: 'PLAIN,HIDDEN,SHARED,ro_KEY,wo_KEY',
      SPACELIFT_MASK_ENVS: 'HIDDEN,UNLISTED',
      PLAIN: "two\nlines, a 'quote' and $HOME",
      HIDDEN: hidden,
      UNLISTED: 'the launcher alone',
      SHARED: "the operator's",
      ro_KEY: 'for reading',
      KEY: 'for the rest',
      SPACELIFT_WORKER_EXTRA_MOUNTS: `${folder}:/given,${folder}:/mnt/workspace/deep/er/given`,
      SPACELIFT_WORKER_WO_EXTRA_MOUNTS: `${folder}/file:/one file`,
      SPACELIFT_WORKER_RO_EXTRA_MOUNTS: '/not/there where it runs:/x',
      SPACELIFT_LAUNCHER_ALLOWED_IMAGE_HOSTS: 'docker.io,registry.example',
      SPACELIFT_LAUNCHER_PULL_POLICY: 'always',
      SPACELIFT_DEBUG: 'true',
      HTTPS_PROXY: proxies.at(-1)?.url ?? '',
      SPACELIFT_RUN_LOGS_ON_STANDARD_OUTPUT_ENABLED: 'true',
    },
  }
})

it('gives variables of the launcher to a run, masked where that is asked for, and the stack wins', async () => {
  const { world, people } = await shared()
  const stack = await applyStack(people, 'name: variables\ntool: custom\nenvironment: { SHARED: the stack }')
  const command =
    'printf "<%s>\\n" "$PLAIN" "$HIDDEN" "$SHARED" "$KEY" "${UNLISTED-unset}" "${ro_KEY-unset}"; echo the launcher alone'
  const run = await startTask(people, stack, command)
  await world.reaches(run, ['FINISHED'])
  const log = await logOf(people, run, 'PERFORMING')
  expect(log).toContain(
    "\n<two\nlines, a 'quote' and $HOME>\n<*****>\n<the stack>\n<for the rest>\n<unset>\n<unset>\n*****\n",
  )
  const [launcher] = world.launchers
  expect(await launcher?.output()).not.toContain(hidden)
})

it('mounts what the operator gives, also below the workspace, and leaves it as it is', async () => {
  const { world, people } = await shared()
  const stack = await applyStack(people, 'name: mounts\ntool: custom')
  const command = 'cat /given/file "/one file" ../deep/er/given/file; touch ../deep/er/mine /given/new && echo writable'
  const run = await startTask(people, stack, command)
  await world.reaches(run, ['FINISHED'])
  expect(await logOf(people, run)).toContain('\nfrom outside\nfrom outside\nfrom outside\nwritable\n')
  const again = await startTask(people, stack, 'cat /given/file')
  await world.reaches(again, ['FINISHED'])
})

it('fails a run whose mount is not where the engine runs, names the setting, and starts nothing', async () => {
  const { world, people } = await shared()
  const run = await startRun(people, await applyStack(people, 'name: missing\ntool: opentofu'))
  const { history } = await world.reaches(run, ['FAILED'])
  expect(history.at(-1)?.note).toContain(
    'MOUNT_REFUSED: SPACELIFT_WORKER_RO_EXTRA_MOUNTS: the engine cannot mount /not/there where it runs at /x: ',
  )
  expect(await logOf(people, run)).toContain('/not/there where it runs')
  expect(await containersOf(run)).toEqual([])
})

it('uses the copy of an image that the registry does not give, and says so', async () => {
  const { world, people } = await shared()
  const run = await startTask(people, await applyStack(people, 'name: copy\ntool: custom'), 'true')
  await world.reaches(run, ['FINISHED'])
  const said = (await logOf(people, run)).match(
    /The image could not be pulled, so this worker's copy of it is used: .+\n/g,
  )
  expect(said).toHaveLength(1)
})

it('refuses an image of another registry before anything is pulled', async () => {
  const { world, people } = await shared()
  const stack = await applyStack(people, 'name: foreign\ntool: custom\nimage: evil.example/runner:1')
  const run = await startTask(people, stack, 'true')
  const { history } = await world.reaches(run, ['FAILED'])
  const message =
    'The image evil.example/runner:1 is from evil.example, which this worker does not allow; allowed here: docker.io, registry.example'
  expect(history.at(-1)?.note).toBe(`IMAGE_REFUSED: ${message}`)
  const log = await logOf(people, run)
  expect(log).toMatch(new RegExp(`\\[${run}\\] ${message.replaceAll('.', '\\.')}\n$`))
  expect(log).not.toContain('Pulling')
})

it("shows each command, and copies a run's log to standard output as JSON lines, masked and whole", async () => {
  const { world, people } = await shared()
  const stack = await applyStack(
    people,
    'name: copied\ntool: custom\nhooks: { before_perform: ["echo \\"the hook\\""] }',
  )
  const command = 'echo "$HIDDEN"; seq 20000; head -c 20000 /dev/zero | tr "\\0" x; printf "\\033[1m\\\\ ü\\n no end"'
  const run = await startTask(people, stack, command)
  await world.reaches(run, ['FINISHED'])
  const log = await logOf(people, run)
  expect(log).toContain(`[${run}] $ echo "the hook"\nthe hook\n[${run}] $ sh -c 'echo "$HIDDEN"; seq`)
  const [launcher] = world.launchers
  const output = (await launcher?.output()) ?? ''
  const entries = output
    .split('\n')
    .filter((line) => line.includes(run) && line.includes('"run_ulid"'))
    .map((line) => JSON.parse(line) as { run_ulid: string; stack_id: string; ts: string; msg: string })
  const lines = entries.map(({ msg }) => msg)
  expect(lines.join('\n').replaceAll('…\n…', '')).toBe(log.replace(/\n$/, ''))
  expect(entries.every(({ run_ulid, stack_id }) => run_ulid === run && stack_id === stack)).toBe(true)
  expect(output).not.toContain(hidden)
})

it('reaches control plane and broker through the proxy, and shows its password nowhere', async () => {
  const { world, people } = await shared()
  const run = await startTask(people, await applyStack(people, 'name: proxied\ntool: custom'), 'echo "<$HTTPS_PROXY>"')
  await world.reaches(run, ['FINISHED'])
  expect(await logOf(people, run)).toContain('\n<>\n')
  const [, broker, launchers] = world.ports
  expect(new Set(proxies[0]?.asked)).toEqual(new Set([`127.0.0.1:${broker}`, `127.0.0.1:${launchers}`]))
  const [launcher] = world.launchers
  const output = (await launcher?.output()) ?? ''
  expect(output).not.toContain('geheim')
})
