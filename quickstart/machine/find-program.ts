import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'

/** Where a machine keeps what its administrator runs; the PATH of many users leaves some of it out. */
export const machinePath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** The file of a program of the machine, or null. */
export function findProgram(name: string): string | null {
  for (const folder of machinePath.split(':')) {
    const file = join(folder, name)
    try {
      accessSync(file, constants.X_OK)
      return file
    } catch {
      // not in this folder
    }
  }
  return null
}
