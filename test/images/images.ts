import { fileURLToPath } from 'node:url'
import { buildImage } from '../../ci/images/image.ts'
import { programs, type ProgramName } from '../../ci/images/files.ts'
import { makeBases, type Bases, type Engine } from './bases.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What of ours is built, on which bases, and whether without any cache. */
export interface OurBuild {
  readonly program: ProgramName
  readonly bases: Bases
  readonly fresh?: boolean
}

/** Builds one of our images as it would be built for a release, but for its bases. Answers its name. */
export async function buildOurs(engine: Engine, { program, bases, fresh = false }: OurBuild): Promise<string> {
  const tag = `localhost/spacelift-worker-test/${program}:${fresh ? 'again' : 'latest'}`
  const { base: BASE, node: NODE, opa: OPA } = bases
  const arguments_ = { BASE, NODE, ...(program === 'launcher' && { OPA }) }
  const { env, socket, signal } = engine
  // Somebody may commit between two builds.
  const building = { root, env: { ...env, DOCKER_HOST: `unix://${socket}`, SOURCE_DATE_EPOCH: '1700000000' }, signal }
  await buildImage({ program, tag, network: 'host', files: null, fresh, bases: arguments_ }, building)
  return tag
}

/** Builds both of our images; answers their names. */
export async function buildBoth(engine: Engine): Promise<Record<ProgramName, string>> {
  const bases = await makeBases(engine)
  const built = { launcher: '', mothership: '' }
  for (const program of programs) built[program] = await buildOurs(engine, { program, bases })
  return built
}
