import { chmod, chown, lchown, lstat, mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isUlid } from '../../../../protocol/ids.ts'
import { runnerId } from '../run.ts'

/** Who owns a workspace's files. */
export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** The directories of one job. */
export interface JobDirectories {
  /** Holds all of them. */
  readonly root: string
  /** What the container sees as /mnt/workspace. */
  readonly workspace: string
  readonly source: string
  readonly script: string
  /** Beside the workspace, on the same file system: where things are until they are known to be whole. */
  readonly staging: string
}

/** Where a job's directories are. */
export function jobDirectories(directory: string, job: string): JobDirectories {
  const root = join(directory, 'jobs', job)
  const workspace = join(root, 'workspace')
  return {
    root,
    workspace,
    source: join(workspace, 'source'),
    script: join(root, 'script'),
    staging: join(root, 'staging'),
  }
}

/**
 * Makes a job's directories, empty, and answers who is to own what is in them: the runner's user if this process may
 * give files away (it is root), else itself, as whom the container then runs.
 */
export async function createDirectories(directories: JobDirectories): Promise<Owner> {
  await removeDirectories(directories)
  await mkdir(directories.root, { recursive: true, mode: 0o711 })
  const { uid, gid } = await stat(directories.root)
  const owner = uid === 0 ? { uid: runnerId, gid: runnerId } : { uid, gid }
  for (const made of [directories.workspace, directories.script]) {
    await mkdir(made, { mode: 0o700 })
    await giveTo(owner, made)
  }
  return owner
}

/** Gives a file or directory to its owner, unless it is theirs. */
export async function giveTo(owner: Owner, path: string): Promise<void> {
  const { uid, gid } = await stat(path)
  if (uid !== owner.uid || gid !== owner.gid) await chown(path, owner.uid, owner.gid)
}

/** Gives a tree to its owner, links themselves included. */
export async function giveTree(owner: Owner, path: string): Promise<void> {
  const stats = await lstat(path)
  if (stats.uid !== owner.uid || stats.gid !== owner.gid) await lchown(path, owner.uid, owner.gid)
  if (!stats.isDirectory()) return
  for (const name of await readdir(path)) await giveTree(owner, join(path, name))
}

/** Removes a job's directories, if they are there. */
export async function removeDirectories(directories: Pick<JobDirectories, 'root'>): Promise<void> {
  await removeTree(directories.root)
}

/**
 * Removes a tree. Tools make directories without write permission (Go's module cache), which only root removes as they
 * are.
 */
export async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 2 })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EACCES')) throw error
    await makeRemovable(path)
    await rm(path, { recursive: true, force: true, maxRetries: 2 })
  }
}

async function makeRemovable(path: string): Promise<void> {
  const stats = await lstat(path).catch(() => null)
  if (!stats?.isDirectory()) return
  await chmod(path, 0o700)
  for (const name of await readdir(path)) await makeRemovable(join(path, name))
}

/** The jobs that have directories here. */
export async function jobsWithDirectories(directory: string): Promise<string[]> {
  try {
    return (await readdir(join(directory, 'jobs'))).filter(isUlid)
  } catch {
    return []
  }
}
