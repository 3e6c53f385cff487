import { fileURLToPath } from 'node:url'
import { Child } from './child.ts'

/** How a launcher is started. */
export interface LauncherStart {
  /** The program: `launcher/bin.js` or another build of it. */
  readonly program: string
  /** Where it keeps its things: one launcher a directory. */
  readonly directory: string
  readonly socket: string
  readonly image: string
  /** SPACELIFT_TOKEN and SPACELIFT_POOL_PRIVATE_KEY. */
  readonly identity: Readonly<Record<string, string>>
  readonly healthPort?: number
  readonly signal: AbortSignal
}

/** The launcher as it is in the repository. */
export const launcherProgram = fileURLToPath(new URL('../../../launcher/bin.js', import.meta.url))

/** Starts a launcher and waits until it says that it is registered and subscribed. */
export function startLauncher(start: LauncherStart): Promise<Child> {
  return Child.start({
    name: 'launcher',
    command: [process.execPath, start.program],
    env: {
      ...start.identity,
      PATH: process.env['PATH'] ?? '',
      HOME: process.env['HOME'] ?? '',
      DOCKER_HOST: `unix://${start.socket}`,
      SPACELIFT_LAUNCHER_DIRECTORY: start.directory,
      SPACELIFT_LAUNCHER_HEALTH_PORT: String(start.healthPort ?? 0),
      SPACELIFT_DEFAULT_RUNNER_IMAGE: start.image,
      // It was built here: no registry has it.
      SPACELIFT_LAUNCHER_PULL_POLICY: 'if-not-present',
    },
    isReady: (line) => line.includes('"msg":"launcher ready"'),
    signal: start.signal,
  })
}
