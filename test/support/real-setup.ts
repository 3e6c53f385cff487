import { homedir } from 'node:os'
import type { TestProject } from 'vitest/node'
import { cacheDirectory } from '../../ci/tools/cache.ts'
import { ensureTool, type Places } from '../../ci/tools/ensure-tool.ts'
import { toolNamed } from '../../ci/tools/tools.ts'
import type { Say } from '../../ci/tools/patience.ts'
import { installPackages, isDebianFamily } from '../../quickstart/machine/apt.ts'
import { findProgram } from '../../quickstart/machine/find-program.ts'
import { makeRunnerImage } from '../../quickstart/runner-image/runner-image.ts'
import './provided.ts'
import { startTestEngine } from './test-engine.ts'

/** Brings what the real tests need, and answers what ends it. A thing that cannot be had is a failure, never a skip. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const say: Say = (line) => project.vitest.logger.log(`set-up: ${line}`)
  const { signal } = new AbortController()
  const env = process.env
  const cache = cacheDirectory(env, homedir())
  const places = { cache, env, platform: `${process.platform}-${process.arch}`, say, signal }
  const machine = { env, say, signal }

  await insistOnPackages(machine)
  project.provide('mosquitto', required('mosquitto'))
  project.provide('tofu', await tool('opentofu', places))
  project.provide('terraform', await tool('terraform', places).catch(() => null))
  project.provide('opa', await tool('opa', places))
  const engine = await startTestEngine(cache, { env, signal, log: say })
  try {
    const image = await makeRunnerImage({ socket: engine.socket, cache, ...machine })
    project.provide('engine', { socket: engine.socket, image })
    say(`engine at ${engine.socket}, image ${image}`)
  } catch (error) {
    await engine.stop()
    throw error
  }
  return () => engine.stop()
}

async function tool(name: string, places: Places): Promise<string> {
  const row = toolNamed(name)
  if (!row) throw new Error(`no tool ${name}`)
  return (await ensureTool(row, places)).file
}

async function insistOnPackages(machine: Omit<Places, 'cache' | 'platform'>): Promise<void> {
  const packages = {
    dockerd: 'docker.io',
    containerd: 'containerd',
    ip: 'iproute2',
    mosquitto: 'mosquitto',
    'docker-registry': 'docker-registry',
    'systemd-analyze': 'systemd',
  }
  const missing = Object.entries(packages).filter(([program]) => !findProgram(program))
  if (missing.length === 0) return
  const names = missing.map(([, name]) => name)
  if (!isDebianFamily()) throw new Error(`the real tests need ${names.join(', ')}, and can install them on Debian only`)
  await installPackages(names, machine)
}

function required(program: string): string {
  const file = findProgram(program)
  if (!file) throw new Error(`the real tests need ${program}, and it is not there after its package was installed`)
  return file
}
