import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { retryDelay } from '../base/retry.ts'
import type { Notice, NoticeBoard } from './notice.ts'

export interface WatchNoticesParts {
  readonly board: NoticeBoard
  readonly clock: Clock
  readonly log: Logger
  /** In [0, 1); default: `Math.random`. */
  readonly random?: () => number
}

/** A notice, and how long the machine has still to live. */
export interface HeardNotice {
  readonly notice: Notice
  readonly leftMs: number
}

/** On top of the usual pause. A notice may come 30 seconds before the end only. */
const timing = { baseMs: 1_000, capMs: 10_000 }

/**
 * Reads the board until there is a notice, and answers it with how long the machine has still to live, in milliseconds; null: the signal was
 * aborted first. Never rejects: a board that cannot be read is said once, and tried again.
 */
export async function watchNotices(parts: WatchNoticesParts, signal: AbortSignal): Promise<HeardNotice | null> {
  const { board, clock, random = Math.random } = parts
  let failures = 0
  while (!signal.aborted) {
    const read = await readOnce(parts, failures, signal)
    if (read === 'unknown') failures++
    else failures = 0
    if (read !== null && read !== 'unknown') return heardNow(read, parts)
    const pauseMs = board.everyMs + (failures > 0 ? retryDelay(failures, timing, random()) : 0)
    await clock.sleep(pauseMs, signal).catch(() => {})
  }
  return null
}

async function readOnce(
  { board, log }: WatchNoticesParts,
  failures: number,
  signal: AbortSignal,
): Promise<Notice | null | 'unknown'> {
  try {
    const notice = await board.read(signal)
    if (failures > 0) log.info({ board: board.name }, 'it is known again whether the machine goes')
    return notice
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    if (failures === 0 && !signal.aborted) log.warn({ why, board: board.name }, 'whether the machine goes is not known')
    return 'unknown'
  }
}

function heardNow(notice: Notice, { board, clock }: WatchNoticesParts): HeardNotice {
  return { notice, leftMs: notice.at === null ? board.leadMs : Math.max(0, notice.at - clock.now()) }
}
