import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runCommand } from '../../ci/tools/command.ts'
import { ensureTool } from '../../ci/tools/ensure-tool.ts'
import { toolNamed } from '../../ci/tools/tools.ts'
import { pauseImage } from '../../ci/cluster/layout.ts'
import { makeRunnerImage } from '../../quickstart/runner-image/runner-image.ts'
import { makeBases, makeImage, type Bases, type Engine } from '../images/bases.ts'
import { buildBoth } from '../images/images.ts'

/** The names of the images that a cluster's tests need. */
export interface ClusterImages {
  readonly launcher: string
  readonly mothership: string
  readonly dind: string
  /** Busybox with the user of runs, and OpenTofu. */
  readonly runner: string
  /** Busybox. */
  readonly small: string
}

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Makes all images in an engine. */
export async function makeImages(engine: Engine): Promise<ClusterImages> {
  const ours = await buildBoth(engine)
  const small = await makeRunnerImage(engine)
  const pause = { text: `FROM ${small}\nUSER 0\nCMD ["sleep", "2147483647"]\n`, files: {} }
  await docker(engine, 'tag', await makeImage(engine, 'pause', pause), pauseImage)
  return {
    ...ours,
    dind: await makeDind(engine, await makeBases(engine)),
    runner: await makeRunner(engine, small),
    small,
  }
}

async function makeDind(engine: Engine, { base }: Bases): Promise<string> {
  const text = (await readFile(here('dind/Dockerfile'), 'utf8')).replace('debian:bookworm-slim', base)
  return await makeImage(engine, 'dind', {
    text,
    files: { 'dockerd-entrypoint.sh': here('dind/dockerd-entrypoint.sh') },
  })
}

async function makeRunner(engine: Engine, small: string): Promise<string> {
  const row = toolNamed('opentofu')
  if (!row) throw new Error('no tool opentofu')
  const { file: tofu } = await ensureTool(row, { ...engine, platform: `${process.platform}-${process.arch}` })
  return await makeImage(engine, 'runner', { text: `FROM ${small}\nCOPY tofu /bin/tofu\n`, files: { tofu } })
}

/** An archive of what pods are made from. The last one is kept, and used again for the same images. */
export async function saveImages(engine: Engine, images: ClusterImages): Promise<string> {
  const names = [pauseImage, images.launcher, images.mothership, images.dind, images.small]
  const ids = await Promise.all(names.map((name) => docker(engine, 'image', 'inspect', '--format', '{{.Id}}', name)))
  const hash = createHash('sha256').update(ids.join()).digest('hex').slice(0, 12)
  const archive = join(engine.cache, 'cluster', 'images', `${hash}.tar`)
  if (await stat(archive).catch(() => null)) return archive
  await rm(dirname(archive), { recursive: true, force: true })
  await mkdir(dirname(archive), { recursive: true })
  await docker(engine, 'save', '--output', `${archive}.new`, ...names)
  await rename(`${archive}.new`, archive)
  return archive
}

/** Calls Docker's command line for an engine. */
export function docker({ socket, env, signal }: Engine, ...words: string[]): Promise<string> {
  return runCommand('docker', words, { env: { ...env, DOCKER_HOST: `unix://${socket}` }, signal })
}
