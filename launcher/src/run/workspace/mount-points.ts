import { posix } from 'node:path'
import { LauncherError } from '../../base/errors.ts'
import { inside, type ExtraMount } from '../run.ts'
import type { JobDirectories, Owner } from './directories.ts'
import { makeParents, wayProblem } from './files.ts'

/**
 * Makes the directories on the way to mounts below the workspace. The engine would make them as root's, and a launcher
 * that is not root could not remove them; the last one, which is empty, it can.
 */
export async function makeMountPoints(
  { workspace }: Pick<JobDirectories, 'workspace'>,
  mounts: readonly ExtraMount[],
  owner: Owner,
): Promise<void> {
  for (const { setting, target } of mounts) {
    if (!target.startsWith(`${inside.workspace}/`)) continue
    const path = target.slice(inside.workspace.length + 1)
    const problem = await wayProblem(workspace, path)
    if (problem !== null)
      throw new LauncherError('MOUNT_REFUSED', `${setting}: nothing can be mounted at ${target}: ${problem}`)
    await makeParents(workspace, path, owner)
  }
}

/**
 * Makes what a job's workspace is to have where its image declares volumes: an empty volume of root's would hide the
 * source, or whatever the job has there. Answers the paths, relative to the workspace; one behind a link is left to the
 * image.
 */
export async function coverVolumes(workspace: string, volumes: readonly string[], owner: Owner): Promise<string[]> {
  const covered: string[] = []
  for (const volume of volumes.map((path) => posix.normalize(`${path}/`)).toSorted()) {
    if (!volume.startsWith(`${inside.workspace}/`) || volume === `${inside.workspace}/`) continue
    const path = volume.slice(inside.workspace.length + 1, -1)
    // Also the last part must be a directory: as if something were to be put into it.
    if ((await wayProblem(workspace, `${path}/-`)) !== null) continue
    await makeParents(workspace, `${path}/-`, owner)
    covered.push(path)
  }
  return covered
}
