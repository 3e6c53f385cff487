import type { Usage } from './file-system.ts'

/** A file system counts as full, whatever the threshold, when a job could not even begin: less than this is left. */
export const fullBelow = { bytes: 32 * 2 ** 20, inodes: 500 } as const

/** What was cleaned is to last for a while: cleaning goes on until so many percent below the threshold, or twice as much as the least is free. */
const furtherPercent = 5

/** Why there is not enough room, in words for a person; null: there is. `threshold` in percent; null: only a full file system is one. Pure. */
export function shortageOf(usage: Usage, threshold: number | null): string | null {
  const { path, availableBytes, freeInodes } = usage
  if (availableBytes < fullBelow.bytes) return `the disk of ${path} is full: ${megabytes(availableBytes)} are left`
  if (freeInodes !== null && freeInodes < fullBelow.inodes)
    return `the disk of ${path} is full: room for ${freeInodes} files is left`
  if (threshold === null) return null
  const limit = `and ${threshold} % is as much as it may be`
  if (usage.usedPercent >= threshold) return `the disk of ${path} is ${Math.floor(usage.usedPercent)} % full, ${limit}`
  if (usage.usedInodesPercent < threshold) return null
  return `the disk of ${path} has ${Math.floor(usage.usedInodesPercent)} % of the files that it can hold, ${limit}`
}

/** Whether nothing more needs to go. Pure. */
export function isRoomy(usage: Usage, threshold: number | null): boolean {
  const { availableBytes, freeInodes } = usage
  const isFarFromFull =
    availableBytes >= 2 * fullBelow.bytes && (freeInodes === null || freeInodes >= 2 * fullBelow.inodes)
  if (threshold === null) return isFarFromFull
  const wanted = Math.max(0, threshold - furtherPercent)
  return isFarFromFull && usage.usedPercent < wanted && usage.usedInodesPercent < wanted
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`
}
