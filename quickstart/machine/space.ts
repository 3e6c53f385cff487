import { statfs } from 'node:fs/promises'
import { QuickstartError } from '../failure.ts'

/** Makes sure that the disk of a directory has room. Rejects with `disk-full`, saying what is free and what is needed. */
export async function insistOnSpace(directory: string, megabytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(directory)
  const free = Math.floor((bavail * bsize) / 1e6)
  if (free >= megabytes) return
  throw new QuickstartError(
    'disk-full',
    `The disk of ${directory} is full: ${free} MB are free, ${megabytes} are needed.`,
  )
}
