import { existsSync } from 'node:fs'
import { runCommand, type CommandOptions } from '../../ci/tools/command.ts'
import { patiently, type Say } from '../../ci/tools/patience.ts'
import { machinePath } from './find-program.ts'

/** Whom to tell, and until when. `env` passes proxies on. */
export interface AptOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly say: Say
  readonly signal: AbortSignal
}

/** Whether this machine installs its programs from Debian packages. */
export function isDebianFamily(): boolean {
  return existsSync('/etc/debian_version') && existsSync('/usr/bin/apt-get')
}

/** Installs packages. Needs root. Rejects with the last words of apt. */
export async function installPackages(packages: readonly string[], options: AptOptions): Promise<void> {
  const what = `Installing ${packages.join(', ')} with apt-get`
  await withLists(what, { words: ['install', '-y', '--no-install-recommends', ...packages] }, options)
}

/** Downloads packages into a folder without installing them. */
export async function downloadPackages(
  packages: readonly string[],
  folder: string,
  options: AptOptions,
): Promise<void> {
  const what = `Fetching ${packages.join(', ')} with apt-get`
  await withLists(what, { words: ['download', ...packages], cwd: folder }, options)
}

interface AptCall {
  readonly words: readonly string[]
  readonly cwd?: string
}

/** Does it with the package lists that are there, and with fresh ones if that fails: there may be none, or old ones. */
async function withLists(what: string, { words, cwd }: AptCall, options: AptOptions): Promise<void> {
  const { say, signal } = options
  const env = { ...options.env, PATH: machinePath, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' }
  await patiently(say, what, async (note) => {
    const run: CommandOptions = { env, signal, line: (line) => note(line.slice(0, 80)), ...(cwd && { cwd }) }
    // Another apt may be at work, such as the daily upgrade of Debian and Ubuntu.
    const patient = ['-q', '-o', 'DPkg::Lock::Timeout=120']
    try {
      await runCommand('apt-get', [...patient, ...words], run)
    } catch {
      signal.throwIfAborted()
      await runCommand('apt-get', [...patient, 'update'], run)
      await runCommand('apt-get', [...patient, ...words], run)
    }
  })
}
