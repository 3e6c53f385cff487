import { mkdir, mkdtemp, rename, rm, access } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand } from '../../ci/tools/command.ts'
import { patiently, type Say } from '../../ci/tools/patience.ts'
import { installPackages } from '../../quickstart/machine/apt.ts'
import { findProgram, machinePath } from '../../quickstart/machine/find-program.ts'

/** Where things are kept, and whom to tell. */
export interface Making {
  readonly cache: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly say: Say
  readonly signal: AbortSignal
}

const release = 'bookworm'
const mirror = 'http://deb.debian.org/debian'
/** What the official slim image leaves out, too. */
const leftOut = [
  'var/cache/apt/archives',
  'var/lib/apt/lists',
  'usr/share/doc',
  'usr/share/man',
  'usr/share/info',
  'usr/share/locale',
]

/** The tar of a root file system like that of `debian:bookworm-slim`, made of packages: no image can be fetched everywhere. */
export async function debianFiles({ cache, env, say, signal }: Making): Promise<string> {
  const archive = join(cache, 'images', `${release}.tar`)
  if (await exists(archive)) return archive
  if (!findProgram('debootstrap')) await installPackages(['debootstrap'], { env, say, signal })
  await mkdir(join(cache, 'images'), { recursive: true })
  const work = await mkdtemp(join(cache, 'images', '.debian-'))
  const run = (command: string, words: readonly string[]) =>
    runCommand(command, words, { env: { ...env, PATH: machinePath }, signal })
  try {
    const tree = join(work, 'root')
    await patiently(say, 'Making a Debian base image, once', () =>
      run('debootstrap', ['--variant=minbase', release, tree, mirror]),
    )
    for (const path of leftOut) {
      await rm(join(tree, path), { recursive: true, force: true })
      await mkdir(join(tree, path))
    }
    await run('tar', ['--numeric-owner', '--sort=name', '-C', tree, '-cf', join(work, 'tar'), '.'])
    await rename(join(work, 'tar'), archive)
    return archive
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}
