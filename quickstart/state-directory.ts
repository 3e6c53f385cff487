import { join } from 'node:path'

/** Where the quickstart keeps everything: the control plane's data, the workers' directories, the private engine, logs. */
export interface StateDirectory {
  readonly root: string
  readonly lock: string
  /** Which processes were started, so that the next start can end what a killed one left. */
  readonly processes: string
  readonly engine: string
  readonly mothership: string
  readonly profile: string
  /** Which pool it is, and the folder of its private key and token. */
  readonly pool: string
  readonly poolKeys: string
  readonly logs: string
  launcher(name: string): string
  log(name: string): string
}

/** `$XDG_STATE_HOME/spacelift-worker/quickstart`, or below `~/.local/state`. */
export function stateDirectory(env: Readonly<Record<string, string | undefined>>, home: string): StateDirectory {
  const root = join(env['XDG_STATE_HOME'] || join(home, '.local/state'), 'spacelift-worker/quickstart')
  const inRoot = (name: string) => join(root, name)
  return {
    root,
    lock: inRoot('lock'),
    processes: inRoot('processes.json'),
    engine: inRoot('engine'),
    mothership: inRoot('mothership'),
    profile: inRoot('mothership/profile.json'),
    pool: inRoot('pool.json'),
    poolKeys: inRoot('pool'),
    logs: inRoot('logs'),
    launcher: (name) => inRoot(`launchers/${name}`),
    log: (name) => inRoot(`logs/${name}.log`),
  }
}
