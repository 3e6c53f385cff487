import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand, type CommandOptions } from '../tools/command.ts'
import { version, writeFiles } from './files.ts'
import type { BuildOptions } from './options.ts'

/** How a build runs: `env` finds the engine, `line` gets what Docker says. */
export interface Building extends Pick<CommandOptions, 'env' | 'signal' | 'line'> {
  /** The repository's directory. */
  readonly root: string
}

/**
 * Builds a program's image, and answers its id. The context has our own files ready, so that neither the bundler nor any package
 * of it is in an image or its cache. The files' time is the commit's (https://reproducible-builds.org/docs/source-date-epoch/).
 */
export async function buildImage(options: BuildOptions, building: Building): Promise<string> {
  const { program, tag, network, fresh, bases } = options
  const context = await mkdtemp(join(tmpdir(), 'image-'))
  try {
    await cp(join(building.root, program, 'Dockerfile'), join(context, 'Dockerfile'))
    for (const file of ['packages.sh', 'code-cache.cjs'])
      await cp(join(building.root, 'ci/images', file), join(context, 'ci/images', file))
    await writeFiles(program, { root: building.root, folder: join(context, 'files') })
    const values = { ...bases, ...(await provenance(building)) }
    const words = ['build', '--quiet', '--tag', tag, ...(network ? ['--network', network] : [])]
    if (fresh) words.push('--no-cache')
    for (const [name, value] of Object.entries(values)) words.push('--build-arg', `${name}=${value}`)
    return (await runCommand('docker', [...words, context], { ...building, env: await builder(building) })).trim()
  } finally {
    await rm(context, { recursive: true, force: true })
  }
}

/** BuildKit where its client is, which is a package of its own; else the builder that every Docker has. */
async function builder({ env, signal }: Building): Promise<Building['env']> {
  const has = await runCommand('docker', ['buildx', 'version'], { env, signal }).then(
    () => true,
    () => false,
  )
  signal.throwIfAborted()
  return has ? env : { ...env, DOCKER_BUILDKIT: '0' }
}

async function provenance({ root, env, signal }: Building): Promise<Record<string, string>> {
  const git = (words: string[]) =>
    runCommand('git', words, { cwd: root, env, signal }).then(
      (text) => text.trim(),
      () => '',
    )
  const time = env['SOURCE_DATE_EPOCH'] || (await git(['log', '-1', '--format=%ct'])) || '0'
  const revision = (await git(['rev-parse', 'HEAD'])) || 'unknown'
  return { VERSION: await version(root), REVISION: revision, SOURCE_DATE_EPOCH: time }
}
