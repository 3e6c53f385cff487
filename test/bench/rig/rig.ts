import Docker from 'dockerode'
import { mkdtemp, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { cacheDirectory } from '../../../ci/tools/cache.ts'
import { removeContainers } from '../../../quickstart/engine/remove-containers.ts'
import { makeRunnerImage } from '../../../quickstart/runner-image/runner-image.ts'
import { startTestEngine } from '../../support/test-engine.ts'
import type { Options } from '../options.ts'
import { ContainerEvents } from './container-events.ts'
import { launcherProgram } from './launcher.ts'

/** What every measure stands on. */
export interface Rig {
  readonly options: Options
  /** An engine of our own, with the image of the runs in it. */
  readonly docker: Docker
  readonly socket: string
  readonly image: string
  readonly events: ContainerEvents
  /** The launcher that is measured. */
  readonly launcher: string
  /** For files: it goes with the rig. The engine sees it under the same path. */
  readonly directory: string
  /** Takes one line for the person at the terminal. */
  readonly say: (line: string) => void
  readonly signal: AbortSignal
}

/** On the containers of floors. */
export const floorLabels = { 'io.spacelift-worker.bench': 'floor' } as const

/** Makes the rig; what ends it is put on `cleanup`. */
export async function makeRig(
  { options, say, signal }: Pick<Rig, 'options' | 'say' | 'signal'>,
  cleanup: AsyncDisposableStack,
): Promise<Rig> {
  const { env } = process
  const cache = cacheDirectory(env, homedir())
  const directory = await mkdtemp(join(tmpdir(), 'bench-'))
  cleanup.defer(() => rm(directory, { recursive: true, force: true }))
  const engine = await startTestEngine(cache, { env, signal, log: say })
  cleanup.defer(() => engine.stop())
  const { socket } = engine
  const docker = new Docker({ socketPath: socket })
  cleanup.defer(() => removeFloors(docker))
  cleanup.defer(() => removeContainers(socket, directory))
  const image = await makeRunnerImage({ socket, cache, env, say, signal })
  const events = cleanup.use(await ContainerEvents.open(docker))
  const launcher = options.launcher ? resolve(options.launcher) : launcherProgram
  return { options, docker, socket, image, events, launcher, directory, say, signal }
}

/** What an interrupted floor left. */
async function removeFloors(docker: Docker): Promise<void> {
  const label = Object.entries(floorLabels).map(([name, value]) => `${name}=${value}`)
  const left = await docker.listContainers({ all: true, filters: { label } })
  for (const { Id } of left) await docker.getContainer(Id).remove({ force: true, v: true })
}
