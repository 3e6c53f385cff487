import { Refusal } from '../base/errors.ts'

const faults = new Map([
  ['ENOSPC', 'the disk is full'],
  ['EDQUOT', 'the disk quota is used up'],
  ['EROFS', 'the disk is read-only'],
  ['EIO', 'the disk failed'],
  ['EMFILE', 'too many files are open'],
  ['ENFILE', 'too many files are open on this machine'],
])

/** Does something with the disk. What the machine is to blame for rejects with the Refusal `unavailable`; everything else as it is. */
export async function onDisk<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const fault = faults.get(codeOf(error))
    if (fault === undefined) throw error
    throw new Refusal('unavailable', `${what}: ${fault}`, { cause: error })
  }
}

/** Whether a file or directory is not there. */
export function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR'
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
