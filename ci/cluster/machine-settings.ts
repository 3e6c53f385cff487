import { globSync } from 'node:fs'
import { mkdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { nodeName, type Layout } from './layout.ts'

/** What the kubelet sets, and no namespace has for itself (pkg/kubelet/cm/container_manager_linux.go, setupKernelTunables). */
const settings = [
  'vm/overcommit_memory',
  'vm/panic_on_oom',
  'kernel/panic',
  'kernel/panic_on_oops',
  'kernel/keys/root_maxkeys',
  'kernel/keys/root_maxbytes',
]

const hierarchies = '/sys/fs/cgroup'

/** Notes the machine's settings that the kubelet changes, and makes the cgroup for its pods. */
export async function prepareMachine(layout: Layout): Promise<void> {
  const values = await Promise.all(
    settings.map(async (name) => [name, await readFile(join('/proc/sys', name), 'utf8')]),
  )
  await writeFile(layout.settings, JSON.stringify(Object.fromEntries(values)))
  for (const hierarchy of await roots()) await mkdir(join(hierarchy, nodeName), { recursive: true })
}

/** Puts the settings back and removes the cgroup. Nothing to do is success. */
export async function restoreMachine(layout: Layout): Promise<void> {
  const text = await readFile(layout.settings, 'utf8').catch(() => null)
  for (const [name, value] of Object.entries(text ? (JSON.parse(text) as Record<string, string>) : {})) {
    await writeFile(join('/proc/sys', name), value)
  }
  await rm(layout.settings, { force: true })
  for (const hierarchy of await roots()) {
    const below = globSync('**/', { cwd: join(hierarchy, nodeName) })
    // The longest path is the deepest, and a cgroup goes only when it has none below it.
    const groups = below.map((group) => join(hierarchy, nodeName, group)).toSorted((a, b) => b.length - a.length)
    for (const group of [...groups, join(hierarchy, nodeName)]) await rmdir(group).catch(() => undefined)
  }
}

/** The root of each hierarchy of version 1, or the one of version 2. */
async function roots(): Promise<string[]> {
  const unified = await readFile(join(hierarchies, 'cgroup.controllers')).catch(() => null)
  if (unified) return [hierarchies]
  const names = globSync('*/cgroup.procs', { cwd: hierarchies })
  return names.map((name) => join(hierarchies, name, '..'))
}
