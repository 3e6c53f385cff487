import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { basename, join } from 'node:path'
import { daemonFiles } from './engine/daemon-files.ts'
import { clearEngine } from './engine/leftovers.ts'
import { QuickstartError } from './failure.ts'
import { ProcessRegister } from './processes/register.ts'
import type { Setting } from './setting.ts'

const limitMs = 60_000

/** Ends what an interrupted start left, and removes everything that was kept, but for the lock that is held meanwhile. */
export async function forget({ state, terminal }: Setting): Promise<void> {
  await new ProcessRegister(state.processes).endLeftovers()
  if (existsSync(state.engine)) {
    if (userInfo().uid !== 0)
      throw new QuickstartError('not-root', `Only root may remove the engine in ${state.engine}.`)
    await clearEngine(daemonFiles(state.engine), AbortSignal.timeout(limitMs))
  }
  const names = (await readdir(state.root)).filter((name) => name !== basename(state.lock))
  for (const name of names) await rm(join(state.root, name), { recursive: true, force: true })
  terminal.say(`Forgotten: ${state.root} is empty`)
}
