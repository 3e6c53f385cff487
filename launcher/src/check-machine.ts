import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Config } from './config/options.ts'
import { usageOf } from './machine/file-system.ts'
import { shortageOf } from './machine/shortage.ts'
import { noticeBoard } from './notice-board.ts'

/** Whether a launcher can work in its directory: that it can be written to, and that there is room. Throws a sentence for a person if not. */
export async function directorySays({
  directory,
  diskUsageThreshold,
}: Pick<Config, 'directory' | 'diskUsageThreshold'>): Promise<string> {
  const there = await writable(directory)
  const usage = await usageOf(there)
  if (usage === null) return 'can be made'
  const why = shortageOf(usage, diskUsageThreshold)
  if (why !== null) throw new Error(why)
  const room = `${Math.round(usage.usedPercent)} % used, ${(usage.availableBytes / 2 ** 30).toFixed(1)} GiB left`
  return `${there === directory ? 'writable' : 'can be made'}, ${room}`
}

/** A launcher makes its directory if need be: then it is what is above that must be writable. Answers which that is. */
async function writable(directory: string): Promise<string> {
  for (let path = directory; ; path = dirname(path)) {
    try {
      await access(path, constants.W_OK | constants.X_OK)
      return path
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
      if (code !== 'ENOENT' || path === dirname(path))
        throw new Error(`cannot write to ${path} (${code})`, { cause: error })
    }
  }
}

/** What is known of the machine's end. Rejects if nothing is. */
export async function noticeSays(source: NonNullable<Config['spotNotice']>, signal: AbortSignal): Promise<string> {
  const notice = await noticeBoard(source).read(signal)
  return notice === null ? 'the machine stays' : `the machine goes: ${notice.what}`
}
