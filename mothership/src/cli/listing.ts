import type { Dirent } from 'node:fs'
import { readdir, readlink, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join, normalize } from 'node:path'
import { CommandFailure, exitCodes } from './failure.ts'

/** Directories that no run needs: the repository's history, and what a tool left behind. */
const leftOut = new Set(['.git', '.terraform'])

/** More than this is a mistake: somebody packs their home directory. */
const mostEntries = 200_000
const mostShown = 20

/** What a directory holds. */
export interface Listing {
  /** Relative paths with forward slashes, directories before what is in them, in the order of their names. */
  readonly paths: readonly string[]
  /** Bytes of all files. */
  readonly bytes: number
}

/**
 * Lists what is to be packed. Symbolic links are kept as they are; one that points out of the directory would be broken or worse on a
 * worker, so it is refused, and so is what is neither file, directory nor link. All of them are named together. `without`: paths that
 * are left out.
 */
export async function listDirectory(directory: string, without: readonly string[] = []): Promise<Listing> {
  const found: Found = { paths: [], bytes: 0, faults: [] }
  for (const folders = ['']; folders.length > 0; ) {
    const folder = folders.pop() ?? ''
    for (const { path, entry } of await entriesIn(directory, folder)) {
      if (without.includes(path)) continue
      if (entry.isDirectory()) folders.push(path)
      await take(found, { directory, path, entry })
    }
    if (found.paths.length > mostEntries) throw tooMany(directory)
  }
  if (found.faults.length > 0) throw refusal(directory, found.faults)
  return { paths: found.paths, bytes: found.bytes }
}

interface Found {
  readonly paths: string[]
  bytes: number
  readonly faults: string[]
}

interface Entry {
  readonly path: string
  readonly entry: Dirent
}

/** What is in a folder and not left out, in an order that is the same on every machine. */
async function entriesIn(directory: string, folder: string): Promise<readonly Entry[]> {
  const entries = await readdir(join(directory, folder), { withFileTypes: true })
  return entries
    .filter((entry) => !entry.isDirectory() || !leftOut.has(entry.name))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .map((entry) => ({ path: folder === '' ? entry.name : `${folder}/${entry.name}`, entry }))
}

async function take(found: Found, { directory, path, entry }: Entry & { readonly directory: string }) {
  found.paths.push(path)
  if (entry.isDirectory()) return
  if (entry.isFile()) {
    found.bytes += (await stat(join(directory, path))).size
    return
  }
  const fault = await faultOf(directory, path, entry.isSymbolicLink())
  if (fault) found.faults.push(fault)
}

async function faultOf(directory: string, path: string, isLink: boolean): Promise<string | null> {
  if (!isLink) return `${path}: is neither a file, a directory nor a symbolic link`
  const target = await readlink(join(directory, path))
  const leaves = isAbsolute(target) || normalize(join(dirname(path), target)).split('/')[0] === '..'
  return leaves ? `${path}: points out of the directory, to ${target}` : null
}

function refusal(directory: string, faults: readonly string[]): CommandFailure {
  const shown = faults.slice(0, mostShown).map((fault) => `  ${fault}`)
  const more = faults.length > mostShown ? [`  and ${faults.length - mostShown} more`] : []
  return new CommandFailure(exitCodes.failed, [`${directory} cannot be packed:`, ...shown, ...more].join('\n'))
}

function tooMany(directory: string): CommandFailure {
  const message = `${directory} holds more than ${mostEntries} files: is it the right directory?`
  return new CommandFailure(exitCodes.failed, message)
}
