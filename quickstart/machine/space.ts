import { statfs } from 'node:fs/promises'
import { messageOf } from '../../ci/tools/errors.ts'
import { QuickstartError } from '../failure.ts'

/** Below this nothing of ours can be sure to write a file. */
const leastMegabytes = 16

/** Makes sure that the disk of a directory has room. Rejects with `disk-full`, saying what is free and what is needed. */
export async function insistOnSpace(directory: string, megabytes: number): Promise<void> {
  const free = await freeMegabytes(directory)
  if (free >= megabytes) return
  throw new QuickstartError(
    'disk-full',
    `The disk of ${directory} is full: ${free} MB are free, ${megabytes} are needed.`,
  )
}

/**
 * A failure as a person is to read it: on a full disk every program complains in words of its own, or cannot even do that, so the disk is
 * named first. Whatever has to do with no disk is answered as it is.
 */
export async function blamingDisk(error: unknown, directories: readonly string[]): Promise<unknown> {
  if (error instanceof QuickstartError && error.code === 'disk-full') return error
  for (const directory of directories) {
    const free = await freeMegabytes(directory).catch(() => leastMegabytes)
    if (free >= leastMegabytes) continue
    const logs = error instanceof QuickstartError ? error.logs : []
    const message = `The disk of ${directory} is full: ${free} MB are free. It came out like this: ${messageOf(error)}`
    return new QuickstartError('disk-full', message, { logs })
  }
  return error
}

async function freeMegabytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory)
  return Math.floor((bavail * bsize) / 1e6)
}
