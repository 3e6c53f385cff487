import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { inject } from 'vitest'
import { People } from '../support/people.ts'
import './provided.ts'
import { until } from './kubernetes.ts'

/** What tests read of a run; oldest state first. */
export interface RunShown {
  readonly id: string
  readonly state: string
  readonly history: readonly { readonly state: string; readonly worker: string | null; readonly note: string | null }[]
}

/** A pool of workers. */
export interface Pool {
  readonly id: string
  /** What a launcher is given, as it is given: `SPACELIFT_TOKEN` and `SPACELIFT_POOL_PRIVATE_KEY`. */
  readonly token: string
  readonly privateKey: string
}

interface PoolMade {
  readonly id: string
  readonly files: { readonly token: string; readonly privateKey: string }
}

interface Asked {
  readonly runStack: { readonly run: RunShown } | null
}

const program = fileURLToPath(new URL('../../mothership/bin.js', import.meta.url))
const query = 'query($run: ID!) { runStack(runId: $run) { run(id: $run) { id state history { state worker note } } } }'
const final = new Set(['FINISHED', 'FAILED', 'STOPPED', 'CANCELED', 'DISCARDED', 'SKIPPED'])

/** Runs the mothership's command line against the one in the cluster, and answers its value. */
export async function mothership<T>(...words: readonly string[]): Promise<T> {
  const env = { ...process.env, SPACELIFT_MOTHERSHIP_PROFILE: inject('cluster').profile }
  const child = spawn(process.execPath, [program, ...words, '--json'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  if (child.exitCode !== 0) throw new Error(`${words.join(' ')} ended with ${child.exitCode}: ${stderr}`)
  return JSON.parse(stdout) as T
}

/** A GraphQL client of the mothership. */
export function people(): Promise<People> {
  return People.of(inject('cluster').profile)
}

/** A run as it is now. */
export async function show(who: People, run: string): Promise<RunShown> {
  const { runStack } = await who.ask<Asked>(query, { run })
  if (!runStack) throw new Error(`there is no run ${run}`)
  return { ...runStack.run, history: runStack.run.history.toReversed() }
}

/** Waits until a run is in one of the states; one that it does not leave ends the waiting. */
export async function reaches(who: People, run: string, states: readonly string[]): Promise<RunShown> {
  const shown = await until(`run ${run} to be ${states.join(' or ')}`, async () => {
    const now = await show(who, run)
    return (states.includes(now.state) || final.has(now.state)) && now
  })
  if (!states.includes(shown.state)) throw new Error(`run ${run} is ${shown.state}: ${JSON.stringify(shown.history)}`)
  return shown
}

/** Waits until a run is over, whatever it became. */
export function over(who: People, run: string): Promise<RunShown> {
  return reaches(who, run, [...final])
}

/** Makes a pool, or replaces its certificate and key: `words` are `create NAME` or `reset ID`. */
export async function makePool(...words: readonly string[]): Promise<Pool> {
  const directory = await mkdtemp(join(tmpdir(), 'pool-'))
  try {
    const { id, files } = await mothership<PoolMade>('pool', ...words, '--out', join(directory, 'files'))
    const [token, key] = await Promise.all([readFile(files.token, 'utf8'), readFile(files.privateKey)])
    return { id, token: token.trim(), privateKey: key.toString('base64') }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
