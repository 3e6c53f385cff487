import { arch, platform } from 'node:os'
import type { Platform } from './release.ts'

/** This machine. The engine's containers run on one like it: it is the one beside the launcher. */
export function platformOfThisMachine(): Platform {
  const architecture = arch()
  return { os: platform(), architecture: architecture === 'x64' ? 'amd64' : architecture }
}
