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
