import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleProgram } from '../../../ci/images/bundle.ts'
import { runCommand } from '../../../ci/tools/command.ts'
import type { Rig } from './rig.ts'

const codeCache = fileURLToPath(new URL('../../../ci/images/code-cache.cjs', import.meta.url))

/** The launcher as its image has it. Answers its path. */
export async function bundleLauncher({ launcher, directory, signal }: Rig): Promise<string> {
  const folder = join(directory, 'bundle')
  const outfile = join(folder, 'launcher.cjs')
  await mkdir(folder, { recursive: true })
  await bundleProgram(launcher, outfile)
  const words = ['--predictable', '--random-seed=1', codeCache, outfile]
  await runCommand(process.execPath, words, { env: process.env, signal })
  return outfile
}
