import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startCluster, stopCluster } from '../../ci/cluster/cluster.ts'
import { layoutOf, type Layout } from '../../ci/cluster/layout.ts'
import { ensureProgram, programs } from '../../ci/cluster/programs.ts'
import { cacheDirectory } from '../../ci/tools/cache.ts'
import { ensureTool } from '../../ci/tools/ensure-tool.ts'
import { toolNamed } from '../../ci/tools/tools.ts'
import { isLock, takeLock } from '../../quickstart/processes/lock.ts'
import type { Engine } from '../images/bases.ts'
import type { Making } from '../images/debian.ts'
import { startTestEngine } from '../support/test-engine.ts'
import { existingCluster } from './existing.ts'
import { keepCluster, keptCluster } from './kept.ts'
import { makeImages, saveImages, type ClusterImages } from './images.ts'
import { kernelSettings, leftovers } from './leftovers.ts'
import { installMothership } from './mothership.ts'
import type { ProvidedCluster } from './provided.ts'
import { pushImage, registry } from './registry.ts'

/** Brings a cluster and a mothership in it, and answers what ends them. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const say = (line: string) => project.vitest.logger.log(`set-up: ${line}`)
  const { signal } = new AbortController()
  const making: Making = { cache: cacheDirectory(process.env, homedir()), env: process.env, say, signal }
  const directory = await mkdtemp(join(tmpdir(), 'cluster-'))
  const brought = await clusterOf(making)
  try {
    const helm = { 3: await tool('helm3', making), 4: await tool('helm4', making) }
    const cluster = { ...brought.cluster, helm }
    const profile = await installMothership(cluster, { node: brought.node, directory })
    project.provide('cluster', { ...cluster, profile })
  } catch (error) {
    await brought.end()
    throw error
  }
  return async () => {
    await brought.end()
    await rm(directory, { recursive: true, force: true })
  }
}

/** A cluster, before anything is in it. */
export interface Brought {
  readonly cluster: Omit<ProvidedCluster, 'helm' | 'profile'>
  /** Where ports of the node are reached. */
  readonly node: string
  readonly end: () => Promise<void>
}

const ways = 'SPACELIFT_TEST_CLUSTER=keep uses it, and `node ci/cluster/main.ts down` ends it'

/** `existing`: KUBECONFIG's. `keep`: the one that was kept, or a new one that will be: `node ci/cluster/main.ts down` ends it. */
async function clusterOf(making: Making): Promise<Brought> {
  const directory = join(making.cache, 'cluster', 'node')
  switch (making.env['SPACELIFT_TEST_CLUSTER'] ?? '') {
    case '':
      if (await keptCluster(directory)) throw new Error(`a cluster was kept: ${ways}`)
      return await bring(making)
    case 'existing':
      return existingCluster(making.env)
    case 'keep':
      return (await keptCluster(directory)) ?? (await keepCluster(directory, await bring(making)))
    default:
      throw new Error('SPACELIFT_TEST_CLUSTER: expected existing, keep or nothing')
  }
}

async function bring(making: Making): Promise<Brought> {
  const layout = layoutOf(join(making.cache, 'cluster', 'node'))
  await mkdir(dirname(layout.lock), { recursive: true })
  const lock = await takeLock(layout.lock)
  if (!isLock(lock)) throw new Error(`the cluster is in use by process ${lock.pid}`)
  const settings = await kernelSettings()
  const engine = await startTestEngine(making.cache, { ...making, log: making.say })
  const building: Engine = { ...making, socket: engine.socket }
  try {
    const images = await makeImages(building)
    await startCluster({ layout, images: [await saveImages(building, images)], ...making })
    const brought = await filled(building, images)
    return { ...brought, end: () => end(layout, settings) }
  } catch (error) {
    await stopCluster(layout)
    throw error
  } finally {
    await engine.stop()
  }
}

/** Ends the cluster, and insists that the machine is as it was. */
async function end(layout: Layout, settings: string): Promise<void> {
  await stopCluster(layout)
  const left = await leftovers(layout)
  if (left.length > 0) throw new Error(`the cluster left ${left.join(', ')}`)
  const now = await kernelSettings()
  if (now !== settings) throw new Error(`the cluster left ${now}, and found ${settings}`)
}

async function filled(engine: Engine, images: ClusterImages): Promise<Omit<Brought, 'end'>> {
  const layout = layoutOf(join(engine.cache, 'cluster', 'node'))
  const runner = await pushImage(engine, images.runner, 'runner:1')
  return {
    cluster: {
      kubeconfig: layout.kubeconfig,
      kubectl: [await ensureProgram(programs.kubernetes, engine), 'kubectl'],
      images: { launcher: images.launcher, dind: images.dind, small: images.small, runner },
      mothership: images.mothership,
      insecureRegistry: registry,
    },
    node: registry.split(':')[0] ?? '',
  }
}

async function tool(name: string, making: Making): Promise<string> {
  const row = toolNamed(name)
  if (!row) throw new Error(`no tool ${name}`)
  return (await ensureTool(row, { ...making, platform: `${process.platform}-${process.arch}` })).file
}
