import { existsSync, globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { nodeName, type Layout } from '../../ci/cluster/layout.ts'

/** Settings of the kernel that a kubelet changes, such as what a panic does. */
export async function kernelSettings(): Promise<string> {
  const names = ['kernel/panic', 'kernel/panic_on_oops', 'vm/overcommit_memory', 'vm/panic_on_oom']
  const values = await Promise.all(names.map((name) => readFile(`/proc/sys/${name}`, 'utf8')))
  return names.map((name, index) => `${name}=${values[index]?.trim()}`).join(' ')
}

/** What of an ended cluster is still on this machine; empty if nothing is. */
export async function leftovers(layout: Layout): Promise<string[]> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8'))
    .split('\n')
    .filter((line) => line.includes(layout.directory))
  const files = [layout.directory, `/sys/class/net/${nodeName}`].filter((file) => existsSync(file))
  const groups = globSync(`/sys/fs/cgroup/{,*/}${nodeName}`)
  const lines = globSync('/proc/[0-9]*/cmdline').map((file) => readFile(file, 'utf8').catch(() => ''))
  const processes = (await Promise.all(lines)).filter((line) => line.includes(`${layout.directory}/`))
  return [...mounts, ...files, ...groups, ...processes]
}
