import { once } from 'node:events'
import { createServer } from 'node:net'
import { ensureTool } from '../../ci/tools/ensure-tool.ts'
import { tools } from '../../ci/tools/tools.ts'
import { findEngine, type FoundEngine } from '../engine/find-engine.ts'
import { probeEngine } from '../engine/probe.ts'
import { removeContainers } from '../engine/remove-containers.ts'
import { QuickstartError } from '../failure.ts'
import type { Program } from '../processes/program.ts'
import type { ProcessRegister } from '../processes/register.ts'
import { findRunnerImage } from '../runner-image/runner-image.ts'
import type { Setting } from '../setting.ts'
import { CommandLine } from './command-line.ts'
import { startLauncher, type LauncherStart } from './launcher.ts'
import { startMothership, type SystemOptions } from './mothership.ts'
import { findPool } from './pool.ts'

/** The whole system, up and running. */
export interface System {
  readonly cli: CommandLine
  readonly programs: readonly Program[]
  /** The workers' names by their ids. */
  readonly workers: ReadonlyMap<string, string>
}

/** Where it is written down what was started, and what ends it again, in the reverse order. */
export interface Ownership {
  readonly register: ProcessRegister
  readonly cleanup: AsyncDisposableStack
}

const workerNames = ['worker-1', 'worker-2']

/** Starts everything. Rejects with one sentence on what is missing. */
export async function startSystem(setting: Setting, { register, cleanup }: Ownership): Promise<System> {
  const { terminal, state, signal, hurry } = setting
  // The engine first: without one there is no use in a tool, which may take minutes to build.
  const { engine, image, addresses } = await startEngine(setting, cleanup)
  const tool = await findTool(setting)
  cleanup.defer(() => register.clear())
  const env = ownEnvironment(setting.env)
  const started: SystemOptions['started'] = (identity) => register.add(identity)
  const options = { state, root: setting.root, node: setting.node, env, started, signal }

  const mothership = await startMothership(options, { ports: setting.options.ports, addresses })
  cleanup.defer(() => mothership.stop(hurry))
  terminal.say(`Control plane: https://127.0.0.1:${setting.options.ports.people} (process ${mothership.identity.pid})`)
  const cli = commandLine(setting)
  const pool = await findPool(cli, state)
  const wish = { pool, socket: engine.socket, image, tool }
  const launchers = await startLaunchers(options, wish, { hurry, cleanup })
  for (const { name, identity } of launchers) terminal.say(`Worker ${name} (process ${identity.pid})`)
  const workers = new Map(launchers.map(({ greeting, name }) => [String(greeting['worker']), name]))
  return { cli, programs: [mothership, ...launchers], workers }
}

/** Our programs' environment is the user's, without the settings that are ours to give. */
function ownEnvironment(env: Setting['env']): Setting['env'] {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(SPACELIFT_|DOCKER_)/.test(name)))
}

/** The mothership's command line, with the profile of this mothership. */
function commandLine({ node, root, env, state, signal }: Setting): CommandLine {
  const profile = { SPACELIFT_MOTHERSHIP_PROFILE: state.profile }
  const command = [node, `${root}/mothership/bin.js`] as const
  return new CommandLine({ command, env: { ...ownEnvironment(env), ...profile }, signal })
}

async function findTool(setting: Setting): Promise<LauncherStart['tool']> {
  const row = tools.find(({ name }) => name === 'opentofu')
  if (!row) throw new QuickstartError('program-failed', 'OpenTofu is not among the pinned tools.')
  const { file } = await ensureTool(row, { ...setting, say: setting.terminal.say })
  return { name: row.name, version: row.version, binary: row.binary, file }
}

interface Ground {
  readonly engine: FoundEngine
  readonly image: string
  /** Where the mothership listens: for this machine's programs, and for containers. */
  readonly addresses: readonly string[]
}

async function startEngine(setting: Setting, cleanup: AsyncDisposableStack): Promise<Ground> {
  const { env, state, cache, signal } = setting
  const { say } = setting.terminal
  const engine = await findEngine({ env, directory: state.engine, say, signal })
  cleanup.defer(() => engine.stop())
  const launchers = state.launcher('.')
  cleanup.defer(() => removeContainers(engine.socket, launchers))
  const image = await findRunnerImage({ socket: engine.socket, cache, env, say, signal })
  const gateway = await probeEngine({ socket: engine.socket, image, directory: state.root, signal })
  return { engine, image, addresses: ['127.0.0.1', ...((await isOwnAddress(gateway)) ? [gateway] : [])] }
}

/**
 * A virtual machine's gateway is no address of this machine: there the loopback is what containers reach. Asked by opening a port, because
 * Node's list of interfaces leaves out a bridge that has no container yet.
 */
async function isOwnAddress(address: string): Promise<boolean> {
  const probe = createServer()
  try {
    probe.listen(0, address)
    await once(probe, 'listening')
    return true
  } catch {
    return false
  } finally {
    probe.close()
  }
}

async function startLaunchers(
  options: SystemOptions,
  wish: Omit<LauncherStart, 'name'>,
  { hurry, cleanup }: { readonly hurry: AbortSignal; readonly cleanup: AsyncDisposableStack },
): Promise<Program[]> {
  const starting = workerNames.map((name) => startLauncher(options, { ...wish, name }))
  // Those that came up are ended also if another one did not, and all of them at once.
  cleanup.defer(async () => {
    const settled = await Promise.allSettled(starting)
    const started = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    await Promise.all(started.map((program) => program.stop(hurry)))
  })
  return await Promise.all(starting)
}
