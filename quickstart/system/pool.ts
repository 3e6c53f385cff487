import { readFile, rm, writeFile } from 'node:fs/promises'
import { decodeJson } from '../../protocol/decoded.ts'
import type { StateDirectory } from '../state-directory.ts'
import type { Cli } from './command-line.ts'
import { checkPool, checkPools } from './shapes.ts'

/** What the workers of a pool are given: the values of SPACELIFT_TOKEN and SPACELIFT_POOL_PRIVATE_KEY. */
export interface PoolKeys {
  readonly token: string
  readonly privateKey: string
}

const poolName = 'quickstart'

/** The pool of an earlier start if the mothership still has it, else a new one, whose key and token are written to the state directory. */
export async function findPool(cli: Cli, state: StateDirectory): Promise<PoolKeys> {
  const kept = decodeJson('pool', await readFile(state.pool, 'utf8').catch(() => ''), checkPool)
  const pools = await cli.ask(['pool', 'list'], checkPools)
  const pool = kept.ok && pools.some(({ id }) => id === kept.value.id) ? kept.value : await makePool(cli, state)
  const [token, key] = await Promise.all([readFile(pool.files.token, 'utf8'), readFile(pool.files.privateKey)])
  return { token: token.trim(), privateKey: key.toString('base64') }
}

async function makePool(cli: Cli, state: StateDirectory) {
  // The command line never overwrites a key; one of a pool that is gone is of no use.
  await rm(state.poolKeys, { recursive: true, force: true })
  const made = await cli.ask(['pool', 'create', poolName, '--out', state.poolKeys], checkPool)
  await writeFile(state.pool, JSON.stringify(made), { mode: 0o600 })
  return made
}
