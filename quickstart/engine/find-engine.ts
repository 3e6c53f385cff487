import { userInfo } from 'node:os'
import type { Say } from '../../ci/tools/patience.ts'
import { QuickstartError } from '../failure.ts'
import { installPackages, isDebianFamily } from '../machine/apt.ts'
import { findProgram } from '../machine/find-program.ts'
import { engineVersion, insistOnVersion, type EngineVersion } from './engine-version.ts'
import { startPrivateEngine } from './private-engine.ts'

/** A Docker engine that may be used. */
export interface FoundEngine {
  readonly socket: string
  /** Ends it if it is ours; another's is left as it is. */
  stop(): Promise<void>
}

/** What finding an engine needs. `directory` is for a private one. */
export interface FindOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly directory: string
  readonly say: Say
  readonly signal: AbortSignal
}

const defaultSocket = '/var/run/docker.sock'
const answerMs = 5_000

/** What a private engine needs, by its programs: Debian's packages. The certificates are for pulls. */
const packages = {
  dockerd: 'docker.io',
  containerd: 'containerd',
  ip: 'iproute2',
  iptables: 'iptables',
  'update-ca-certificates': 'ca-certificates',
} as const

/**
 * The engine of DOCKER_HOST, else the one on the default socket, else a private one, for which Debian's `docker.io` is
 * installed if need be and if this may be done. Rejects with one sentence that says what is missing.
 */
export async function findEngine(options: FindOptions): Promise<FoundEngine> {
  const { env, say, signal } = options
  const named = env['DOCKER_HOST']
  const socket = named ? socketOf(named) : defaultSocket
  const answer = await ask(socket, signal)
  if ('version' in answer) {
    insistOnVersion(answer)
    say(`Docker ${answer.version} answers at ${socket}: using it, for containers only`)
    return { socket, stop: () => Promise.resolve() }
  }
  if (named) throw new QuickstartError('no-engine', `No Docker engine answers at DOCKER_HOST=${named} (${answer.why}).`)
  await insistOnDocker(answer.why, options)
  say(`No Docker engine answers at ${socket}: starting a private one in ${options.directory}`)
  return await startPrivateEngine({ ...options, log: say })
}

function socketOf(named: string): string {
  if (named.startsWith('unix://')) return named.slice('unix://'.length)
  throw new QuickstartError(
    'engine-elsewhere',
    `DOCKER_HOST is ${named}: an engine is needed that shares this machine's directories, on a unix socket.`,
  )
}

async function ask(socket: string, signal: AbortSignal): Promise<EngineVersion | { readonly why: string }> {
  try {
    return await engineVersion(socket, AbortSignal.any([signal, AbortSignal.timeout(answerMs)]))
  } catch (error) {
    signal.throwIfAborted()
    return { why: (error as NodeJS.ErrnoException).code ?? (error as Error).name }
  }
}

async function insistOnDocker(why: string, { env, say, signal }: FindOptions): Promise<void> {
  if (userInfo().uid !== 0) {
    const what = why === 'EACCES' ? 'The Docker engine refuses this user' : 'No Docker engine answers'
    throw new QuickstartError(
      'no-engine',
      `${what} at ${defaultSocket} (${why}), and only root may install and start one: start Docker, or run this as root.`,
    )
  }
  const missing = Object.entries(packages)
    .filter(([program]) => !findProgram(program))
    .map(([, name]) => name)
  // Another family of systems has its certificates elsewhere, and what counts is a daemon.
  if (missing.length === 0 || (!isDebianFamily() && findProgram('dockerd') && findProgram('ip'))) return
  if (!isDebianFamily()) {
    throw new QuickstartError(
      'no-engine',
      `No Docker engine answers at ${defaultSocket}, and this machine is not of the Debian family, so none can be installed here: install Docker 20.10 or newer.`,
    )
  }
  say(`No Docker on this machine: installing Debian's ${missing.join(', ')}`)
  await installPackages(missing, { env, say, signal })
}
