import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Stored } from '../../../protocol/report.ts'
import { LauncherError } from '../base/errors.ts'
import type { ConductorParts, JobInHand } from './job-in-hand.ts'
import { tokenFile, tokenToPlace } from './workspace/mounted-files.ts'
import { sealWorkspace, type SealedWorkspace } from './workspace/sealed-workspace.ts'

/**
 * Seals the workspace and uploads it, so that any worker of the pool can go on with the run. Nothing of it is held on
 * disk or in memory: each try seals it anew. Rejects with the ending's Stop, or as JobControl does.
 */
export async function pause(
  { keys }: ConductorParts,
  { job, control, directories, log, ending }: JobInHand,
): Promise<Stored> {
  // The next job has a token of its own.
  if (tokenToPlace(job) !== null) await rm(join(directories.workspace, tokenFile), { recursive: true, force: true })
  await log.line('Encrypting workspace...')
  await log.line('Uploading workspace...')
  let last: SealedWorkspace | null = null
  const open = () => {
    last = sealWorkspace(directories.workspace, { publicKey: keys.publicKey, run: job.run })
    return last.bytes
  }
  const stored = await control.upload(job.id, { what: 'workspace', open }, ending.signal)
  confirm(stored, last)
  await log.line('Workspace upload is GO')
  return stored
}

function confirm(stored: Stored, sealed: SealedWorkspace | null): void {
  const sent = sealed?.sent()
  if (stored.length === sent?.length && stored.sha256 === sent.sha256) return
  throw new LauncherError(
    'CONTROL_REFUSED',
    `The control plane stored ${stored.length} bytes of the workspace that are not the ${sent?.length ?? 0} bytes that were sent.`,
  )
}
