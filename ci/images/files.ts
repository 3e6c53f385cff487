import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { bundleProgram } from './bundle.ts'
import { billOfMaterials } from './sbom.ts'

/** The programs that have an image. */
export const programs = ['launcher', 'mothership'] as const
export type ProgramName = (typeof programs)[number]

/** Writes what of ours is in a program's image, in `folder` as it lies below the image's root: the bundle, a link to it, and what it is made of. */
export async function writeFiles(
  program: ProgramName,
  { root, folder }: { root: string; folder: string },
): Promise<void> {
  const name = `spacelift-${program}`
  const at = (path: string) => join(folder, path)
  const bundle = at(`usr/local/lib/${name}/${program}.cjs`)
  const link = at(`usr/local/bin/${name}`)
  const bill = at(`usr/share/sbom/${name}.cdx.json`)
  for (const file of [bundle, link, bill]) await mkdir(dirname(file), { recursive: true })
  const sources = await bundleProgram(join(root, program, 'bin.js'), bundle)
  await chmod(bundle, 0o755)
  await symlink(`../lib/${name}/${program}.cjs`, link)
  await writeFile(bill, await billOfMaterials({ name, version: await version(root), sources, root }))
}

/** The version of everything of ours. */
export async function version(root: string): Promise<string> {
  return (JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }).version
}
