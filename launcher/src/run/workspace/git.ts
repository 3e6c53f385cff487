import { access, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { LauncherError } from '../../base/errors.ts'
import { addressOf } from './git/address.ts'
import { runGit, type GitPlace } from './git/command.ts'
import { writePrivateFiles } from './git/private-files.ts'
import type { GitOptions, GitSource } from './git/source.ts'
import { removeTree } from './directories.ts'

/**
 * Fetches one commit, without its history unless the repository is to be kept, with the git that is installed. Rejects with
 * SOURCE_REFUSED for what is no address or name, or what the server does not let in, and with SOURCE_UNREACHABLE for whatever else git
 * could not do, in its own words.
 */
export async function fetchGit(source: GitSource, options: GitOptions): Promise<void> {
  const address = addressOf(source, options.endpoints ?? new Map())
  await using files = await writePrivateFiles(address, options)
  const { config, environment } = files
  const place = { address, directory: options.into, config, environment, signal: options.signal }
  const git = (...words: string[]) => runGit(words, place)
  await git('init', '--quiet', '--template=', '.')
  // Relative addresses of submodules are relative to it.
  await git('remote', 'add', 'origin', address.url)
  await (options.keepRepository ? fetchHistory(source, place) : fetchCommit(source, place))
  await git('checkout', '--quiet', '--force', '--detach', source.commit ?? 'FETCH_HEAD')
  if (source.submodules) await fetchSubmodules(place)
  // As in a tarball of the same commit.
  if (!options.keepRepository) await removeRepositories(options.into, source.submodules === true)
}

const everyBranch = '+refs/heads/*:refs/remotes/origin/*'

/** Not every server gives a commit by its hash; then all of the branch, or all branches, are fetched to find it there. */
async function fetchCommit({ commit, ref }: GitSource, place: GitPlace): Promise<void> {
  const shallow = ['fetch', '--quiet', '--no-tags', '--no-recurse-submodules', '--depth=1', 'origin']
  if (commit === null) return await runGit([...shallow, ref ?? 'HEAD'], place)
  if (await succeeds([...shallow, commit], place)) return
  await findCommit({ commit, ref }, place)
}

/** With the history of the branch, and the tags on it. */
async function fetchHistory({ commit, ref }: GitSource, place: GitPlace): Promise<void> {
  if (commit === null) return await runGit([...whole, ref ?? 'HEAD'], place)
  await findCommit({ commit, ref }, place)
}

const whole = ['fetch', '--quiet', '--no-recurse-submodules', 'origin']

/** A commit need not be on the branch any more that it was found on. */
async function findCommit({ commit, ref }: { readonly commit: string; readonly ref: string | null }, place: GitPlace) {
  const isThere = () => succeeds(['cat-file', '-e', `${commit}^{commit}`], place)
  if (ref !== null && (await succeeds([...whole, ref], place)) && (await isThere())) return
  await runGit([...whole, everyBranch], place)
  if (await isThere()) return
  await runGit([...whole, commit], place)
}

/** First without their history, which not every server gives for a commit that is no branch's last. */
async function fetchSubmodules(place: GitPlace): Promise<void> {
  const update = ['submodule', '--quiet', 'update', '--init', '--recursive', '--force']
  if (await succeeds([...update, '--depth=1'], place)) return
  await runGit(['submodule', '--quiet', 'deinit', '--all', '--force'], place)
  await removeTree(join(place.directory, '.git/modules'))
  await runGit(update, place)
}

/** Whether git could do it. What it will never be let do is thrown, and so is the signal's reason. */
async function succeeds(words: readonly string[], place: GitPlace): Promise<boolean> {
  try {
    await runGit(words, place)
    return true
  } catch (error) {
    if (error instanceof LauncherError && error.code === 'SOURCE_UNREACHABLE') return false
    throw error
  }
}

/** A submodule has a file `.git` where it is checked out; no commit can bring one. */
async function removeRepositories(directory: string, withSubmodules: boolean): Promise<void> {
  await removeTree(join(directory, '.git'))
  if (!withSubmodules || !(await exists(join(directory, '.gitmodules')))) return
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (entry.name === '.git') await removeTree(join(entry.parentPath, entry.name))
  }
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  )
}
