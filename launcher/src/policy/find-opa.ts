import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { LauncherError } from '../base/errors.ts'

/** Where opa may be. */
export interface OpaPlaces {
  /** What the operator says; then nowhere else. */
  readonly configured: string | null
  /** The directory of the launcher's own program. */
  readonly beside: string
  readonly path: string
}

/** The opa that is used: as configured, else beside the launcher, else the first of the PATH. Rejects with CONFIGURATION. */
export async function findOpa({ configured, beside, path }: OpaPlaces): Promise<string> {
  const candidates =
    configured === null
      ? [beside, ...path.split(delimiter).filter(Boolean)].map((folder) => join(folder, 'opa'))
      : [configured]
  for (const file of candidates) if (await isExecutable(file)) return file
  throw new LauncherError(
    'CONFIGURATION',
    configured === null ? missing : `SPACELIFT_LAUNCHER_OPA: ${configured} is not an executable file`,
  )
}

const missing =
  'SPACELIFT_LAUNCHER_RUN_INITIALIZATION_POLICY needs opa 1.0 or later, and it is neither beside the launcher nor on the PATH: install it, or name it with SPACELIFT_LAUNCHER_OPA'

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK)
    return (await stat(file)).isFile()
  } catch {
    return false
  }
}
