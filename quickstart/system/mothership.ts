import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Ports } from '../options.ts'
import { startProgram, type Program, type Started } from '../processes/program.ts'
import type { StateDirectory } from '../state-directory.ts'

/** The name by which containers reach this machine. */
export const hostOfContainers = 'host.docker.internal'

/** What every program of the system is started with. */
export interface SystemOptions {
  readonly state: StateDirectory
  /** The repository. */
  readonly root: string
  /** Node's executable. */
  readonly node: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly started: Started
  readonly signal: AbortSignal
}

/** Starts the mothership, for this machine and its containers only: it listens on the loopback and on the Docker bridge. */
export async function startMothership(
  options: SystemOptions,
  { ports, addresses }: { readonly ports: Ports; readonly addresses: readonly string[] },
): Promise<Program> {
  const { state, root, node, env, started, signal } = options
  await mkdir(state.mothership, { recursive: true, mode: 0o700 })
  const settings = [
    ['--data', state.mothership],
    ...addresses.map((address) => ['--listen', address]),
    ['--people-port', String(ports.people)],
    ['--broker-port', String(ports.broker)],
    ['--launchers-port', String(ports.launchers)],
    // The first is the name in the token, by which the workers reach it.
    ...['127.0.0.1', 'localhost', hostOfContainers].map((host) => ['--public-host', host]),
    ['--state-endpoint', `https://${hostOfContainers}:${ports.people}`],
  ]
  return await startProgram(
    {
      name: 'mothership',
      command: [node, join(root, 'mothership/bin.js'), 'serve', ...settings.flat()],
      env,
      log: state.log('mothership'),
      ready: 'mothership ready',
      signal,
    },
    started,
  )
}
