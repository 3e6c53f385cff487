import { LauncherError } from '../base/errors.ts'

/** The part of `GET /version` that matters here. */
export interface DaemonVersion {
  readonly Version?: string
  readonly ApiVersion?: string
  readonly MinAPIVersion?: string
}

/**
 * The oldest API that is enough, which Docker 20.10 speaks, and the newest that this was written against. Docker 29 refuses
 * everything below 1.44 (https://docs.docker.com/engine/release-notes/29/), so both ends are needed.
 */
export const oldestApiVersion = '1.41'
export const newestApiVersion = '1.44'

/** The newest version that both sides speak. Throws ENGINE_TOO_OLD or, for a daemon that is too new, ENGINE_FAILED; each names both. */
export function chooseApiVersion(daemon: DaemonVersion): string {
  const newest = daemon.ApiVersion ?? '0'
  const oldest = daemon.MinAPIVersion ?? oldestApiVersion
  const ours = `this launcher speaks ${oldestApiVersion} to ${newestApiVersion}`
  const theirs = `Docker engine ${daemon.Version ?? 'of unknown version'} speaks API ${oldest} to ${newest}`
  if (older(newest, oldestApiVersion)) throw new LauncherError('ENGINE_TOO_OLD', `${theirs}, ${ours}`)
  if (older(newestApiVersion, oldest)) throw new LauncherError('ENGINE_FAILED', `${theirs}, ${ours}`)
  return older(newest, newestApiVersion) ? newest : newestApiVersion
}

/** Whether version `a` is older than `b`; 1.9 is older than 1.10. */
function older(a: string, b: string): boolean {
  const [majorA = 0, minorA = 0] = a.split('.').map(Number)
  const [majorB = 0, minorB = 0] = b.split('.').map(Number)
  return majorA === majorB ? minorA < minorB : majorA < majorB
}
