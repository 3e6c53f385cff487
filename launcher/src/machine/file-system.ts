import { stat, statfs } from 'node:fs/promises'

/** How full the file system of a directory is. */
export interface Usage {
  readonly path: string
  /** Two directories of one file system have the same. */
  readonly device: number
  readonly availableBytes: number
  /** 0 to 100, as `df` counts: what root alone may use counts neither as used nor as available. */
  readonly usedPercent: number
  /** Null: it makes as many as it needs. */
  readonly freeInodes: number | null
  readonly usedInodesPercent: number
}

/** Looks at the file system of a directory; null: there is no such directory here. */
export async function usageOf(path: string): Promise<Usage | null> {
  try {
    const [{ dev }, { bsize, blocks, bfree, bavail, files, ffree }] = await Promise.all([stat(path), statfs(path)])
    const counted = files > 0
    return {
      path,
      device: dev,
      availableBytes: bavail * bsize,
      usedPercent: percent(blocks - bfree, blocks - bfree + bavail),
      freeInodes: counted ? ffree : null,
      usedInodesPercent: counted ? percent(files - ffree, files) : 0,
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EACCES')) return null
    throw error
  }
}

function percent(part: number, whole: number): number {
  return whole > 0 ? (part / whole) * 100 : 0
}
