import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { copyFile, link, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureTool } from '../../ci/tools/ensure-tool.ts'
import { runCommand } from '../../ci/tools/command.ts'
import { toolNamed } from '../../ci/tools/tools.ts'
import { createImage, hasImage } from '../../quickstart/engine/pull.ts'
import { debianFiles, type Making } from './debian.ts'

/** The names of images that ours are built from. */
export interface Bases {
  readonly base: string
  readonly node: string
  readonly opa: string
}

/** Making images in an engine. */
export interface Engine extends Making {
  readonly socket: string
}

/** Makes the base images of ours in an engine, from Debian packages, the Node of these tests and the pinned OPA. */
export async function makeBases(engine: Engine): Promise<Bases> {
  const base = await makeDebian(engine)
  const opaRow = toolNamed('opa')
  if (!opaRow) throw new Error('no tool opa')
  const { file: opaFile } = await ensureTool(opaRow, { ...engine, platform: `${process.platform}-${process.arch}` })
  // The official image has compilers, and with them `strip`.
  const tools = 'RUN apt-get update -q && apt-get install -y -q --no-install-recommends binutils'
  const node = { text: `FROM ${base}\n${tools}\nCOPY node /usr/local/bin/node\n`, files: { node: process.execPath } }
  const opa = { text: 'FROM scratch\nCOPY opa /opa\n', files: { opa: opaFile } }
  return { base, node: await makeImage(engine, 'node', node), opa: await makeImage(engine, 'opa', opa) }
}

async function makeDebian(engine: Engine): Promise<string> {
  const image = 'localhost/spacelift-worker-test/debian:1'
  if (await hasImage(engine.socket, image, engine.signal)) return image
  const [repo = '', tag = ''] = image.split(':')
  const query = new URLSearchParams({ fromSrc: '-', repo, tag, changes: 'CMD ["/bin/sh"]' })
  const body = createReadStream(await debianFiles(engine))
  const call = { method: 'POST', path: `/images/create?${query.toString()}`, body, signal: engine.signal } as const
  await createImage(engine.socket, call, () => undefined)
  return image
}

/** A Dockerfile, and files by their names in its context. */
export interface Recipe {
  readonly text: string
  readonly files: Readonly<Record<string, string>>
}

/** Builds an image unless the engine has it: its tag follows from all that goes into it. The network of its commands is the machine's. */
export async function makeImage(engine: Engine, name: string, recipe: Recipe): Promise<string> {
  const { socket, env, signal } = engine
  const image = `localhost/spacelift-worker-test/${name}:${await fingerprint(recipe)}`
  if (await hasImage(socket, image, signal)) return image
  const context = await mkdtemp(join(tmpdir(), 'context-'))
  try {
    await writeFile(join(context, 'Dockerfile'), recipe.text)
    for (const [path, file] of Object.entries(recipe.files)) {
      await link(file, join(context, path)).catch(() => copyFile(file, join(context, path)))
    }
    const docker = { ...env, DOCKER_HOST: `unix://${socket}`, DOCKER_BUILDKIT: '0' }
    const words = ['build', '--quiet', '--network', 'host', '--tag', image, context]
    await runCommand('docker', words, { env: docker, signal })
    return image
  } finally {
    await rm(context, { recursive: true, force: true })
  }
}

async function fingerprint({ text, files }: Recipe): Promise<string> {
  const hash = createHash('sha256').update(text)
  for (const [name, file] of Object.entries(files)) hash.update(name).update(await readFile(file))
  return hash.digest('hex').slice(0, 12)
}
