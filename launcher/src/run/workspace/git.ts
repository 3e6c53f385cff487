import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { JobSource } from '../../../../protocol/job.ts'
import { LauncherError } from '../../base/errors.ts'
import { everyAuthority } from '../../base/outbound.ts'
import { withoutCredentials } from '../env.ts'
import { removeTree } from './directories.ts'

export type GitSource = Extract<JobSource, { kind: 'git' }>

export interface GitOptions {
  /** An empty directory that exists. */
  readonly into: string
  /** Certificates that are trusted beside the usual ones: PEM. */
  readonly authorities?: readonly string[]
  readonly signal: AbortSignal
  /**
   * The transports that may be used; default: those that reach other machines. `file` would let a stack read the
   * worker's disk.
   */
  readonly protocols?: readonly string[]
}

const remoteProtocols = ['https', 'http', 'ssh', 'git'] as const
const run = promisify(execFile)

/**
 * Fetches one commit without its history, with the git that is installed. Rejects with SOURCE_REFUSED for what is no
 * address or name, and with SOURCE_UNREACHABLE for whatever git could not do, in git's last words.
 */
export async function fetchGit(source: GitSource, options: GitOptions): Promise<void> {
  refuseOptions(source)
  if (isTrusting(options)) await writeFile(authoritiesFile(options), everyAuthority(options.authorities ?? []))
  await git(['init', '--quiet', '--template=', '.'], source, options)
  await fetchCommit(source, options)
  await git(['checkout', '--quiet', '--force', source.commit ?? 'FETCH_HEAD'], source, options)
  // As in a tarball of the same commit; it may also hold the address's credentials.
  await removeTree(join(options.into, '.git'))
}

/**
 * Not every server gives a commit by its hash; then all of the branch, or all branches, are fetched to find it there.
 */
async function fetchCommit(source: GitSource, options: GitOptions): Promise<void> {
  const from = ['--', source.url]
  const shallow = ['fetch', '--quiet', '--no-tags', '--no-recurse-submodules', '--depth=1', ...from]
  if (source.commit === null) return await git([...shallow, source.ref ?? 'HEAD'], source, options)
  try {
    await git([...shallow, source.commit], source, options)
  } catch (error) {
    if (!(error instanceof LauncherError)) throw error
    await git(['fetch', '--quiet', ...from, source.ref ?? '+refs/heads/*:refs/remotes/origin/*'], source, options)
  }
}

/** Nothing of a source may be read as an option of git, or as more than one name. */
function refuseOptions({ url, ref }: GitSource): void {
  const bad = /^-|[\0-\x20]/
  const problems = [
    ...(bad.test(url) ? [`the address ${JSON.stringify(withoutCredentials(url))} is not one of a git repository`] : []),
    ...(ref !== null && (bad.test(ref) || /[:+~^?*[\\]/.test(ref))
      ? [`${JSON.stringify(ref)} is not the name of a branch or tag`]
      : []),
  ]
  if (problems.length > 0) throw new LauncherError('SOURCE_REFUSED', `The source was refused: ${problems.join('; ')}.`)
}

/**
 * The launcher's own credentials are none of git's business, and it must never wait for somebody to type a password.
 */
const surroundings = [
  '-u',
  'SPACELIFT_TOKEN',
  '-u',
  'SPACELIFT_POOL_PRIVATE_KEY',
  'GIT_TERMINAL_PROMPT=0',
  'GIT_ASKPASS=true',
  'LC_ALL=C',
]

async function git(args: readonly string[], source: GitSource, options: GitOptions): Promise<void> {
  const allowed = (options.protocols ?? remoteProtocols).flatMap((name) => ['-c', `protocol.${name}.allow=always`])
  const settings = [
    '-c',
    'protocol.allow=never',
    ...allowed,
    '-c',
    'core.hooksPath=/dev/null',
    '-c',
    'advice.detachedHead=false',
  ]
  try {
    const trusted = isTrusting(options) ? [`GIT_SSL_CAINFO=${authoritiesFile(options)}`] : []
    await run('env', [...surroundings, ...trusted, 'git', ...settings, ...args], {
      cwd: options.into,
      signal: options.signal,
      maxBuffer: 4 * 1024 * 1024,
    })
  } catch (error) {
    options.signal.throwIfAborted()
    const said = lastLine(error).replaceAll(source.url, withoutCredentials(source.url))
    throw new LauncherError('SOURCE_UNREACHABLE', `git ${args[0]} of ${withoutCredentials(source.url)} failed: ${said}`)
  }
}

function isTrusting({ authorities = [] }: GitOptions): boolean {
  return authorities.length > 0
}

/** Beside the source, and so removed with what is around it. */
function authoritiesFile({ into }: GitOptions): string {
  return `${into}.authorities.pem`
}

function lastLine(error: unknown): string {
  const text = error instanceof Error && 'stderr' in error ? String(error.stderr) : ''
  const line = text.trim().split('\n').at(-1) ?? ''
  return line === '' ? 'it said nothing' : withoutCredentials(line).slice(0, 500)
}
