import { copyFile, link, mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { startProgram, type Program } from '../processes/program.ts'
import type { SystemOptions } from './mothership.ts'
import type { PoolKeys } from './pool.ts'

/** What a launcher of the quickstart is given beside what all programs are. */
export interface LauncherStart {
  readonly name: string
  readonly pool: PoolKeys
  readonly socket: string
  readonly image: string
  /** A tool that it need not fetch. */
  readonly tool: { readonly name: string; readonly version: string; readonly file: string; readonly binary: string }
}

/** Starts a launcher as a user would, with a directory of its own and on any free health port. */
export async function startLauncher(options: SystemOptions, start: LauncherStart): Promise<Program> {
  const { state, root, node, env, started, signal } = options
  const directory = state.launcher(start.name)
  const { name, version, binary, file } = start.tool
  await place(file, join(directory, 'binaries', name, version, binary))
  const settings = {
    SPACELIFT_TOKEN: start.pool.token,
    SPACELIFT_POOL_PRIVATE_KEY: start.pool.privateKey,
    SPACELIFT_LAUNCHER_DIRECTORY: directory,
    SPACELIFT_LAUNCHER_HEALTH_PORT: '0',
    SPACELIFT_DEFAULT_RUNNER_IMAGE: start.image,
    // It was built here: no registry has it.
    SPACELIFT_LAUNCHER_PULL_POLICY: 'if-not-present',
    SPACELIFT_METADATA_name: start.name,
    DOCKER_HOST: `unix://${start.socket}`,
  }
  return await startProgram(
    {
      name: start.name,
      command: [node, join(root, 'launcher/bin.js')],
      env: { ...env, ...settings },
      log: state.log(start.name),
      ready: 'launcher ready',
      signal,
    },
    started,
  )
}

/** Puts a file in its place as a link if it can be one, else as a copy. The place never shows half of it. */
async function place(file: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true })
  const fresh = `${target}.${crypto.randomUUID()}`
  try {
    await link(file, fresh).catch(() => copyFile(file, fresh))
    await rename(fresh, target)
  } finally {
    await rm(fresh, { force: true })
  }
}
