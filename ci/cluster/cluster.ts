import { mkdir, rm } from 'node:fs/promises'
import { machinePath } from '../../quickstart/machine/find-program.ts'
import { runCommand } from '../tools/command.ts'
import { patiently } from '../tools/patience.ts'
import { writeConfigurations } from './configurations.ts'
import { daemonsOf } from './daemons.ts'
import { makeKeys } from './keys.ts'
import type { Layout } from './layout.ts'
import { linkRoom } from './link.ts'
import { prepareMachine, restoreMachine } from './machine-settings.ts'
import { Node } from './node.ts'
import { insistOnPackages } from './packages.ts'
import { ensureProgram, programs, type Building } from './programs.ts'
import { closeRoom, openRoom } from './room.ts'
import { findRunc } from './runc.ts'
import { makeVolumes } from './volumes.ts'

/** Starting a cluster in a directory, which holds everything of it and is removed with it. */
export interface ClusterStart extends Building {
  readonly layout: Layout
  /** Archives of images, as `docker save` writes them. Among the images must be the one of the sandboxes. */
  readonly images: readonly string[]
}

/**
 * Brings up a Kubernetes of one node, new, on this machine, and answers when pods can be made. What was left in the directory is ended
 * first: one cluster a machine. Rejects with the last words of the part that failed.
 */
export async function startCluster(start: ClusterStart): Promise<void> {
  const { layout, say } = start
  await insistOnPackages(start)
  const executables = await findExecutables(start)
  await stopCluster(layout)
  await mkdir(layout.directory, { recursive: true, mode: 0o711 })
  try {
    await patiently(say, 'Starting a Kubernetes node', (note) => bringUp(start, executables, note))
  } catch (error) {
    await stopCluster(layout)
    throw error
  }
}

interface Executables {
  readonly kubernetes: string
  readonly dns: string
  readonly runc: string
}

async function findExecutables(building: Building): Promise<Executables> {
  return {
    kubernetes: await ensureProgram(programs.kubernetes, building),
    dns: await ensureProgram(programs.dns, building),
    runc: await findRunc(building),
  }
}

async function bringUp(start: ClusterStart, executables: Executables, note: (text: string) => void): Promise<void> {
  const { layout, env, signal } = start
  const { kubernetes, runc } = executables
  await writeConfigurations(layout, runc)
  await makeVolumes(layout)
  await makeKeys(layout, { env, signal })
  await prepareMachine(layout)
  const room = await openRoom(layout, { env, signal })
  await linkRoom(room, signal)
  const { before, after } = daemonsOf(layout, executables)
  const node = new Node({ room, layout, kubernetes, signal })
  before.forEach((daemon) => node.start(daemon))
  await node.until(imageTool(layout, 'version'))
  note('loading images')
  for (const archive of start.images) await loadImages(layout, archive, signal)
  note('waiting for its API')
  await node.kubectl('get', '--raw', '/readyz')
  note('waiting for its node')
  after.forEach((daemon) => node.start(daemon))
  await node.ready()
}

/** Ends a cluster with everything in it, and removes what it kept. Nothing to do is success. */
export async function stopCluster(layout: Layout): Promise<void> {
  await closeRoom(layout)
  await restoreMachine(layout)
  await rm(layout.directory, { recursive: true, force: true, maxRetries: 5 })
}

/** Gives an archive of images to the node. */
export async function loadImages(layout: Layout, archive: string, signal: AbortSignal): Promise<void> {
  const [program = '', ...words] = imageTool(layout, 'images', 'import', archive)
  await runCommand(program, words, { env: { PATH: machinePath }, signal })
}

function imageTool(layout: Layout, ...words: string[]): string[] {
  return ['ctr', '--address', layout.containerd, '--namespace', 'k8s.io', ...words]
}
