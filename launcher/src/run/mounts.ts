import type { Job } from '../../../protocol/job.ts'
import { LauncherError } from '../base/errors.ts'
import { isFor } from './env.ts'
import type { ExtraMount, RunSettings } from './run.ts'

/** The operator's mounts that a job is given. */
export function mountsFor({ phases }: Pick<Job, 'phases'>, { mounts }: Pick<RunSettings, 'mounts'>): ExtraMount[] {
  return mounts.filter(isFor(phases))
}

/**
 * What the engine refused, in words that say whose turn it is, if its own words name a path of the operator's: only the
 * engine knows which paths there are on its machine.
 */
export function explained(error: unknown, mounts: readonly ExtraMount[]): unknown {
  if (!(error instanceof LauncherError)) return error
  const named = mounts.find(({ source }) => names(error.message, source))
  if (!named) return error
  const { setting, source, target } = named
  const words = `${setting}: the engine cannot mount ${source} at ${target}: ${error.message}`
  return new LauncherError('MOUNT_REFUSED', words, { cause: error })
}

/** Whether a text has this very path in it, not only the beginning of a longer one. */
function names(text: string, path: string): boolean {
  for (let at = text.indexOf(path); at >= 0; at = text.indexOf(path, at + 1)) {
    const [before = '', after = ''] = [text[at - 1], text[at + path.length]]
    if (/^[\s"'=]?$/.test(before) && /^[\s"':,]?$/.test(after)) return true
  }
  return false
}
