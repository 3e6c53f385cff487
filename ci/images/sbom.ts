import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** One package of a bill of materials. */
interface Component {
  readonly type: 'library'
  readonly name: string
  readonly version: string
  readonly purl: string
  readonly licenses?: readonly [{ readonly expression: string }]
}

/** What of a package's manifest is read. */
interface Manifest {
  readonly name: string
  readonly version: string
  readonly license?: string
}

/** What a bill of materials is about. */
export interface Subject {
  readonly name: string
  readonly version: string
  /** The sources that went into the bundle, relative to `root`. */
  readonly sources: readonly string[]
  readonly root: string
}

/**
 * The packages whose code is in a bundle, as a CycloneDX 1.6 document (https://cyclonedx.org/docs/1.6/json/). It follows from
 * the bundle alone, with no time and no serial number, so that the same bundle has the same document.
 */
export async function billOfMaterials({ name, version, sources, root }: Subject): Promise<string> {
  const directories = new Set(sources.flatMap((source) => packageDirectory(source) ?? []))
  const components = await Promise.all([...directories].map((directory) => component(join(root, directory))))
  components.sort((a, b) => (a.purl < b.purl ? -1 : 1))
  const subject = { type: 'application', name, version, licenses: [{ license: { id: 'MIT' } }] }
  const document = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: subject },
    components,
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

/** The innermost package that a source belongs to, or null for our own. */
function packageDirectory(source: string): string | null {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(source)?.[0] ?? null
}

async function component(directory: string): Promise<Component> {
  const { name, version, license } = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as Manifest
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`
  return { type: 'library', name, version, purl, ...(license && { licenses: [{ expression: license }] }) }
}
