import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../../mothership/src/base/clock.ts'
import { createLog } from '../../../mothership/src/base/log.ts'
import { Mothership } from '../../../mothership/src/mothership.ts'
import { makeKeyRequest } from '../../../mothership/src/pools/key-request.ts'
import { load } from '../../../mothership/src/serve/load.ts'
import type { ServeOptions } from '../../../mothership/src/serve/options.ts'
import { FakeLauncher } from './fake-launcher.ts'
import { openPerson, type Person } from './people.ts'

/** A directory that goes away with its world. */
export async function temporaryDirectory() {
  const path = await mkdtemp(join(tmpdir(), 'mothership-test-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** Settings for loopback and any free ports. */
export function settings(dataDirectory: string, changes: Partial<ServeOptions> = {}): ServeOptions {
  const flags = { data: dataDirectory, listen: ['127.0.0.1'], 'public-host': ['localhost'] }
  const ports = { 'people-port': '0', 'broker-port': '0', 'launchers-port': '0', 'log-level': 'silent' }
  const loaded = load({ ...flags, ...ports }, {})
  if ('problems' in loaded) throw new Error(loaded.problems.join('\n'))
  return { ...loaded.options, ...changes }
}

/** A whole mothership in this process, and somebody who may ask it everything. */
export async function startMothership(dataDirectory: string, changes: Partial<ServeOptions> = {}) {
  const options = settings(dataDirectory, changes)
  const mothership = await Mothership.start({
    options,
    clock: systemClock,
    log: createLog(options.logLevel),
    version: 'test',
  })
  const person = await openPerson(dataDirectory)
  return {
    mothership,
    person,
    async [Symbol.asyncDispose]() {
      await person[Symbol.asyncDispose]()
      await mothership.stop()
    },
  }
}

/** A new pool, as its owner has it: the token, and the key that never left. */
export interface NewPool {
  readonly id: string
  readonly config: string
  readonly key: string
}

/** Made once: an RSA key of 4096 bits takes a second. */
const keyRequest = makeKeyRequest()

export async function createPool(person: Person, name: string): Promise<NewPool> {
  const { privateKey, certificateSigningRequest } = await keyRequest
  const { pool } = await person.ask<{ pool: { id: string; config: string } }>(
    'mutation($name: String!, $csr: String!) { pool: workerPoolCreate(name: $name, certificateSigningRequest: $csr) { id config } }',
    { name, csr: certificateSigningRequest },
  )
  return { ...pool, key: privateKey }
}

/** A launcher of the pool that is registered and listens. */
export async function joinPool({ config, key }: NewPool): Promise<FakeLauncher> {
  const launcher = new FakeLauncher(config, key)
  await launcher.register()
  await launcher.listen()
  await launcher.heartbeat()
  return launcher
}

export async function applyStack(person: Person, yaml: string): Promise<string> {
  const { stack } = await person.ask<{ stack: { id: string } }>(
    'mutation($yaml: String!) { stack: stackApply(yaml: $yaml) { id } }',
    { yaml },
  )
  return stack.id
}

export async function trigger(person: Person, stack: string, type = 'TRACKED'): Promise<string> {
  const { run } = await person.ask<{ run: { id: string } }>(
    'mutation($stack: ID!, $type: RunType) { run: runTrigger(stack: $stack, runType: $type) { id } }',
    { stack, type },
  )
  return run.id
}

/** The states that a run was in, oldest first, and the note of the newest. */
export async function historyOf(person: Person, stack: string, run: string) {
  const query = 'query($stack: ID!, $run: ID!) { stack(id: $stack) { run(id: $run) { state history { state note } } } }'
  const { stack: found } = await person.ask<{
    stack: { run: { state: string; history: { state: string; note: string | null }[] } }
  }>(query, { stack, run })
  const { state, history } = found.run
  return { state, states: history.map((transition) => transition.state).reverse(), note: history[0]?.note ?? null }
}
